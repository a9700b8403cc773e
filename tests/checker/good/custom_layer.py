"""Own layers with build() and add_weight: a Linear and a Maxout layer, put into a Sequential model."""

import tensorflow as tf
from tensorflow import keras


class Linear(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(
            name="w", shape=(input_shape[-1], self.units), initializer="glorot_uniform", trainable=True
        )
        self.b = self.add_weight(name="b", shape=(self.units,), initializer="zeros", trainable=True)

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b


class Maxout(keras.layers.Layer):
    """The larger of every `pieces` neighbours."""

    def __init__(self, pieces, **kwargs):
        super().__init__(**kwargs)
        self.pieces = pieces

    def call(self, inputs):
        groups = tf.reshape(inputs, (-1, inputs.shape[-1] // self.pieces, self.pieces))
        return tf.reduce_max(groups, axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] // self.pieces)


(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = x_train.reshape(len(x_train), 784).astype("float32") / 255
x_test = x_test.reshape(len(x_test), 784).astype("float32") / 255

model = keras.Sequential([keras.Input((784,)), Linear(120), Maxout(3), Linear(10), keras.layers.Softmax(axis=-1)])
model.compile(optimizer=keras.optimizers.Adagrad(0.05), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=5, batch_size=64, verbose=2)
model.evaluate(x_test, y_test)
