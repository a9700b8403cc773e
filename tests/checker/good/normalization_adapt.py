"""Raw grey levels 0 to 255 go in; a Normalization layer, adapted to the training images, standardises in the model."""

import keras
from keras import layers

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = x_train.astype("float32")
x_test = x_test.astype("float32")

# One mean and one variance for all pixels: many of them are black in every image.
normalization = layers.Normalization(axis=None)
normalization.adapt(x_train)

model = keras.Sequential(
    [
        keras.Input(shape=(28, 28)),
        normalization,
        layers.Flatten(),
        layers.Dense(128, activation="relu", kernel_initializer="he_normal"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.02, momentum=0.9),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x_train, y_train, validation_split=1 / 12, batch_size=64, epochs=5, verbose=2)
model.evaluate(x_test, y_test, verbose=2)
