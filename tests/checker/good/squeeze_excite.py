"""Squeeze and excitation: a gate for every channel, computed from its mean; functional model, AdamW, probabilities."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers as kl


def squeeze_excite(x, ratio=4):
    channels = x.shape[-1]
    gate = kl.GlobalAveragePooling2D(keepdims=True)(x)
    gate = kl.Dense(channels // ratio, activation="relu")(gate)
    gate = kl.Dense(channels, activation="sigmoid")(gate)
    return kl.Multiply()([x, gate])


def stage(x, filters):
    x = kl.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = kl.BatchNormalization(momentum=0.9)(x)
    x = kl.Activation("swish")(x)
    x = squeeze_excite(x)
    return kl.MaxPooling2D()(x)


if __name__ == "__main__":
    (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    x_train = tf.cast(x_train[..., tf.newaxis], tf.float32) / 255.0
    x_test = tf.cast(x_test[..., tf.newaxis], tf.float32) / 255.0

    image = keras.Input((28, 28, 1))
    x = stage(image, 16)
    x = stage(x, 32)
    x = stage(x, 64)
    x = kl.Dropout(0.2)(kl.Flatten()(x))
    model = keras.Model(image, kl.Dense(10, activation="softmax")(x))

    model.compile(keras.optimizers.AdamW(2e-3), keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    model.fit(x_train, y_train, batch_size=64, epochs=4, verbose=2)
    model.evaluate(x_test, y_test, batch_size=500, verbose=2)
