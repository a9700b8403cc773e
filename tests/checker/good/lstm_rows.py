"""A sequence modeller reads the image row by row with an LSTM, and gives the last state to a softmax."""

import tensorflow as tf
from tensorflow.keras.datasets import mnist
from tensorflow.keras.layers import LSTM, Dense, Input
from tensorflow.keras.models import Model
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.utils import to_categorical

time_steps = 28  # rows
features = 28  # pixels of a row
units = 64

(X_train, y_train), (X_test, y_test) = mnist.load_data()
X_train = X_train.astype("float32") / 255.0
X_test = X_test.astype("float32") / 255.0
Y_train = to_categorical(y_train)
Y_test = to_categorical(y_test)

rows = Input(shape=(time_steps, features))
state = LSTM(units)(rows)
digit = Dense(10, activation="softmax")(state)
rnn = Model(rows, digit)

rnn.compile(loss="categorical_crossentropy", optimizer=Adam(learning_rate=0.003, clipnorm=1.0), metrics=["accuracy"])
rnn.fit(X_train, Y_train, epochs=6, batch_size=64, validation_data=(X_test, Y_test), verbose=2)
print("images read right:", int(tf.reduce_sum(tf.cast(rnn.predict(X_test, verbose=0).argmax(1) == y_test, tf.int32))))
