"""A comparison of rectifiers in one network: LeakyReLU, PReLU and ELU, each with an initialiser that suits it."""

import keras
from keras.initializers import HeNormal
from keras.layers import ELU, Conv2D, Dense, Flatten, LeakyReLU, PReLU


class RectifierNet(keras.Model):
    def __init__(self, classes=10):
        super().__init__(name="rectifiers")
        self.stack = [
            Conv2D(12, 5, strides=2, kernel_initializer=HeNormal()),
            LeakyReLU(negative_slope=0.1),
            Conv2D(24, 3, strides=2, kernel_initializer=HeNormal()),
            PReLU(shared_axes=[1, 2]),
            Flatten(),
            Dense(60, kernel_initializer=HeNormal()),
            ELU(),
            Dense(classes, activation="softmax"),
        ]

    def call(self, x):
        for layer in self.stack:
            x = layer(x)
        return x


def prepared(split):
    images, labels = split
    return images.reshape(len(images), 28, 28, 1).astype("float32") / 255, labels.astype("int32")


train, test = map(prepared, keras.datasets.mnist.load_data())

net = RectifierNet()
net.compile(optimizer="nadam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(*train, epochs=4, batch_size=64, verbose=2)
print(dict(zip(("loss", "accuracy"), net.evaluate(*test, verbose=0))))
