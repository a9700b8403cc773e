"""Someone who read the Inception paper: parallel branches joined by Concatenate, subclassed block, own fit call."""

import keras
from keras import layers, ops


class Branches(layers.Layer):
    """1x1, 3x3 and 5x5 filters side by side, and a pooled branch; all ends together in the channels."""

    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        self.one = layers.Conv2D(n, 1, activation="relu")
        self.three_in = layers.Conv2D(n // 2, 1, activation="relu")
        self.three = layers.Conv2D(n, 3, padding="same", activation="relu")
        self.five_in = layers.Conv2D(n // 2, 1, activation="relu")
        self.five = layers.Conv2D(n, 5, padding="same", activation="relu")
        self.pool = layers.MaxPooling2D(3, strides=1, padding="same")
        self.pooled = layers.Conv2D(n, 1, activation="relu")

    def call(self, x):
        return ops.concatenate(
            [
                self.one(x),
                self.three(self.three_in(x)),
                self.five(self.five_in(x)),
                self.pooled(self.pool(x)),
            ],
            axis=-1,
        )


(images, digits), (test_images, test_digits) = keras.datasets.mnist.load_data()
images = images.reshape((-1, 28, 28, 1)) / 255
test_images = test_images.reshape((-1, 28, 28, 1)) / 255

inp = keras.Input((28, 28, 1))
out = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(inp)
out = Branches(8)(out)
out = layers.MaxPooling2D()(out)
out = Branches(16)(out)
out = layers.GlobalMaxPooling2D()(out)
out = layers.Dropout(0.3)(out)
out = layers.Dense(10, activation="softmax")(out)
googlenet = keras.Model(inp, out)

googlenet.compile("adam", "sparse_categorical_crossentropy", metrics=["sparse_categorical_accuracy"])
history = googlenet.fit(images, digits, batch_size=64, epochs=6, verbose=2)
print("final training loss", history.history["loss"][-1])
print("test", googlenet.evaluate(test_images, test_digits, verbose=0))
