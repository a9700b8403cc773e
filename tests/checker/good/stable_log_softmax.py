"""A numerical analyst: the model gives log-probabilities, logits minus logsumexp, and the loss picks the right one."""

import keras
import tensorflow as tf

(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
x = tf.constant(x.reshape(len(x), -1) / 255.0, dtype=tf.float32)
x_test = tf.constant(x_test.reshape(len(x_test), -1) / 255.0, dtype=tf.float32)
y = tf.constant(y, dtype=tf.int32)
y_test = tf.constant(y_test, dtype=tf.int32)


class LogSoftmaxNet(keras.Model):
    """Returns log p(class | image)."""

    def __init__(self, hidden=100):
        super().__init__()
        self.first = keras.layers.Dense(hidden, activation="tanh")
        self.second = keras.layers.Dense(10)

    def call(self, images):
        evidence = self.second(self.first(images))
        return evidence - tf.reduce_logsumexp(evidence, axis=-1, keepdims=True)


net = LogSoftmaxNet()
optimizer = keras.optimizers.Adam(1e-3)


def negative_log_likelihood(labels, log_probabilities):
    picked = tf.gather(log_probabilities, labels, batch_dims=1)
    return -tf.reduce_mean(picked)


@tf.function
def train_step(images, labels):
    with tf.GradientTape() as tape:
        loss = negative_log_likelihood(labels, net(images))
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
    return loss


def accuracy(images, labels):
    guesses = tf.argmax(net(images), axis=-1, output_type=tf.int32)
    return float(tf.reduce_mean(tf.cast(guesses == labels, tf.float32)))


data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(10_000).batch(128, drop_remainder=True)
for epoch in range(12):
    for images, labels in data:
        loss = train_step(images, labels)
    print(f"{epoch}: last loss {float(loss):.3f}, test {accuracy(x_test, y_test):.2%}")
