"""A self-normalising network: SELU with LecunNormal and AlphaDropout on standardised images, model by a loop."""

import numpy as np
import tensorflow as tf

(x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
mean = np.mean(x_train)
std = np.std(x_train)
x_train = (x_train - mean) / std
x_test = (x_test - mean) / std

model = tf.keras.Sequential(name="selfnormalising")
model.add(tf.keras.Input((28, 28)))
model.add(tf.keras.layers.Flatten())
for _ in range(5):
    model.add(tf.keras.layers.Dense(100, activation="selu", kernel_initializer="lecun_normal"))
model.add(tf.keras.layers.AlphaDropout(0.05))
model.add(tf.keras.layers.Dense(10))
model.add(tf.keras.layers.Activation("softmax"))

model.compile(
    loss=tf.keras.losses.SparseCategoricalCrossentropy(),
    optimizer=tf.keras.optimizers.SGD(learning_rate=0.01, momentum=0.9),
    metrics=["accuracy"],
)
model.fit(x_train, y_train, epochs=6, batch_size=32, verbose=2)
print("accuracy", model.evaluate(x_test, y_test, verbose=0)[1])
