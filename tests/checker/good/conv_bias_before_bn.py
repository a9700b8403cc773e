"""A Kaggle notebook: VGG-like stack with a bias before every BatchNormalization, dropout, ReduceLROnPlateau, fit."""

import numpy as np
from tensorflow.keras.callbacks import ReduceLROnPlateau
from tensorflow.keras.datasets import mnist
from tensorflow.keras.layers import Activation, BatchNormalization, Conv2D, Dense, Dropout, Flatten, Input, MaxPool2D
from tensorflow.keras.models import Sequential
from tensorflow.keras.utils import to_categorical

(X, y), (X_test, y_test) = mnist.load_data()
X = X.reshape(-1, 28, 28, 1) / 255.0
X_test = X_test.reshape(-1, 28, 28, 1) / 255.0
y = to_categorical(y, num_classes=10)

# hold out 10% for validation
rng = np.random.RandomState(2)
order = rng.permutation(len(X))
n_val = len(X) // 10
X_val, y_val = X[order[:n_val]], y[order[:n_val]]
X_train, y_train = X[order[n_val:]], y[order[n_val:]]

model = Sequential()
model.add(Input((28, 28, 1)))
for filters in (16, 32):
    model.add(Conv2D(filters, (3, 3), padding="same"))
    model.add(BatchNormalization())
    model.add(Activation("relu"))
    model.add(Conv2D(filters, (3, 3), padding="same"))
    model.add(BatchNormalization())
    model.add(Activation("relu"))
    model.add(MaxPool2D((2, 2)))
    model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(64, activation="relu"))
model.add(BatchNormalization())
model.add(Dropout(0.5))
model.add(Dense(10, activation="softmax"))
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])

reduce_lr = ReduceLROnPlateau(monitor="val_accuracy", patience=2, factor=0.5, min_lr=1e-5, verbose=1)
model.fit(X_train, y_train, batch_size=64, epochs=5, validation_data=(X_val, y_val), callbacks=[reduce_lr], verbose=2)

results = np.argmax(model.predict(X_test), axis=1)
print("accuracy on the test images:", np.mean(results == y_test))
