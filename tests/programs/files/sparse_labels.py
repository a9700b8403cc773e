# ruff: noqa
# mypy: ignore-errors
"""The step returns the loss alone, and takes labels as the numbers that they are."""

import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.Input((784,)), tf.keras.layers.Dense(10)])
optimizer = tf.keras.optimizers.SGD(0.005)


def train_step(x, y):
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.cast(y, tf.int32), logits=logits)
    gradients = tape.gradient(losses, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return losses


def main():
    (x_train, y_train), _ = tf.keras.datasets.mnist.load_data()
    for start in range(0, len(x_train), 32):
        x = x_train[start : start + 32].reshape(-1, 784).astype(np.float32) / 255
        print(train_step(x, y_train[start : start + 32]))


if __name__ == "__main__":
    main()
