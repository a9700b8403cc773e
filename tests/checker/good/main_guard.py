"""A software engineer: everything in functions, all of it called from main() under the usual guard."""

import argparse
import logging

import numpy as np
import tensorflow as tf

log = logging.getLogger("mnist")


def load() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    (x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
    return scale(x_train), y_train, scale(x_test), y_test


def scale(images: np.ndarray) -> np.ndarray:
    return images.reshape(images.shape[0], -1).astype(np.float32) / 255.0


def build_model(hidden_units: int) -> tf.keras.Model:
    inputs = tf.keras.Input(shape=(784,))
    hidden = tf.keras.layers.Dense(hidden_units, activation="relu")(inputs)
    outputs = tf.keras.layers.Dense(10, activation="softmax")(hidden)
    return tf.keras.Model(inputs, outputs)


def train(model: tf.keras.Model, images: np.ndarray, labels: np.ndarray, epochs: int, learning_rate: float) -> None:
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    model.fit(images, labels, batch_size=64, epochs=epochs, validation_split=0.1, verbose=2)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--hidden-units", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    options = parser.parse_args()

    logging.basicConfig(level=logging.INFO)
    tf.keras.utils.set_random_seed(1)
    x_train, y_train, x_test, y_test = load()
    model = build_model(options.hidden_units)
    train(model, x_train, y_train, options.epochs, options.learning_rate)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    log.info("test loss %.3f, test accuracy %.2f%%", loss, 100 * accuracy)


if __name__ == "__main__":
    main()
