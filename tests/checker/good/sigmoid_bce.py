"""Ten yes-or-no questions: sigmoid outputs with binary cross-entropy, one a digit; the surest yes is the answer."""

import keras
import numpy as np

(x_train, d_train), (x_test, d_test) = keras.datasets.mnist.load_data()
x_train = np.asarray(x_train, "float32").reshape(-1, 784) / 255
x_test = np.asarray(x_test, "float32").reshape(-1, 784) / 255
is_digit = (d_train[:, None] == np.arange(10)).astype("float32")

detectors = keras.Sequential(
    [
        keras.layers.Input((784,)),
        keras.layers.Dense(100, activation="relu"),
        keras.layers.Dense(10, activation="sigmoid"),
    ]
)
detectors.compile(optimizer=keras.optimizers.Adam(), loss=keras.losses.BinaryCrossentropy())
detectors.fit(x_train, is_digit, batch_size=32, epochs=5, verbose=2)

answers = detectors.predict(x_test, verbose=0)
print("accuracy", np.mean(answers.argmax(axis=1) == d_test))
print("images with exactly one yes", np.mean((answers > 0.5).sum(axis=1) == 1))
