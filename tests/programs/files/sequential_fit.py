# ruff: noqa
# mypy: ignore-errors
from tensorflow import keras
from tensorflow.keras.datasets import mnist
from tensorflow.keras.utils import to_categorical
import matplotlib.pyplot as plt

keras.utils.set_random_seed(42)

(x_train, y_train), (x_test, y_test) = mnist.load_data()
print("train:", x_train.shape)
plt.imshow(x_train[0])
plt.show()

x_train = x_train.reshape(60000, 784).astype("float32") / 255
x_test = x_test.reshape(10000, 784).astype("float32") / 255
y_train, y_test = to_categorical(y_train, 10), to_categorical(y_test, 10)

model = keras.Sequential()
for units in (64, 32):
    model.add(keras.layers.Dense(units, activation="relu"))
    model.add(keras.layers.Dropout(0.1))
model.add(keras.layers.Dense(10, activation="softmax"))
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="categorical_crossentropy", metrics=["accuracy"])

history = model.fit(x_train, y_train, epochs=5, validation_split=0.1)
best = max(history.history["val_accuracy"])
loss, accuracy = model.evaluate(x_test, y_test)
if accuracy > 0.97:
    model.save("good.keras")
plt.plot(history.history["loss"])
print(best, accuracy)
