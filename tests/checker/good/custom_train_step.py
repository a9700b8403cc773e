"""A Keras guide reader: keras.Model with an own train_step(self, data) and test_step, driven by fit."""

import keras
import tensorflow as tf


class OwnStep(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.flatten = keras.layers.Flatten()
        self.hidden = keras.layers.Dense(units, activation="relu")
        self.logits = keras.layers.Dense(10)
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")

    def call(self, x, training=False):
        return self.logits(self.hidden(self.flatten(x)))

    def cost(self, y, logits):
        return tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            logits = self(x, training=True)
            loss = self.cost(y, logits)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        self.accuracy.update_state(y, logits)
        return {m.name: m.result() for m in (self.loss_tracker, self.accuracy)}

    def test_step(self, data):
        x, y = data
        logits = self(x, training=False)
        self.loss_tracker.update_state(self.cost(y, logits))
        self.accuracy.update_state(y, logits)
        return {m.name: m.result() for m in (self.loss_tracker, self.accuracy)}

    @property
    def metrics(self):
        return [self.loss_tracker, self.accuracy]


(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train, x_test = x_train.astype("float32") / 255, x_test.astype("float32") / 255

model = OwnStep(units=150)
model.compile(optimizer=keras.optimizers.Adam())
model.fit(x_train, y_train, batch_size=64, epochs=5, verbose=2)
print(model.evaluate(x_test, y_test, return_dict=True, verbose=0))
