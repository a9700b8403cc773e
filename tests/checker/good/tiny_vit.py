"""A tiny vision transformer: patches by a strided convolution, learned positions, attention, gradient clipping."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

DIM, HEADS, DEPTH = 48, 4, 2


class PositionEmbedding(layers.Layer):
    def build(self, input_shape):
        self.positions = self.add_weight(
            name="positions",
            shape=(1, input_shape[1], input_shape[2]),
            initializer=keras.initializers.RandomNormal(stddev=0.02),
        )

    def call(self, tokens):
        return tokens + self.positions


def encoder_block(x):
    normed = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.MultiHeadAttention(HEADS, DIM // HEADS)(normed, normed)])
    y = layers.LayerNormalization()(x)
    y = layers.Dense(2 * DIM, activation=tf.nn.gelu)(y)
    y = layers.Dense(DIM)(y)
    return layers.Add()([x, y])


def vit():
    image = keras.Input((28, 28, 1))
    x = layers.Conv2D(DIM, 7, strides=7)(image)
    x = layers.Reshape((16, DIM))(x)
    x = PositionEmbedding()(x)
    for _ in range(DEPTH):
        x = encoder_block(x)
    x = layers.LayerNormalization()(x)
    x = layers.Flatten()(x)
    return keras.Model(image, layers.Dense(10)(x))


(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = np.float32(x_train[..., None]) / 255
x_test = np.float32(x_test[..., None]) / 255

model = vit()
model.compile(
    optimizer=keras.optimizers.Adam(1e-3, global_clipnorm=1.0),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(x_train, y_train, batch_size=64, epochs=6, verbose=2)
print("test loss and accuracy", model.evaluate(x_test, y_test, verbose=0))
