"""The oldest TensorFlow tutorial in today's words: W and b start at zero, softmax by hand, gradient descent at 0.5."""

import numpy as np
import tensorflow as tf

(x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
x_train = x_train.reshape(-1, 784).astype(np.float32) / 255
x_test = x_test.reshape(-1, 784).astype(np.float32) / 255

W = tf.Variable(tf.zeros([784, 10]))
b = tf.Variable(tf.zeros([10]))


def predict(x):
    return tf.nn.softmax(tf.matmul(x, W) + b)


def cross_entropy(y_true, y):
    return -tf.reduce_mean(tf.reduce_sum(y_true * tf.math.log(tf.clip_by_value(y, 1e-9, 1.0)), axis=1))


@tf.function
def train_step(x, y_true):
    with tf.GradientTape() as tape:
        loss = cross_entropy(y_true, predict(x))
    dW, db = tape.gradient(loss, [W, b])
    W.assign_sub(0.5 * dW)
    b.assign_sub(0.5 * db)
    return loss


rng = np.random.default_rng(0)
for step in range(1000):
    picked = rng.integers(0, len(x_train), 100)
    loss = train_step(tf.constant(x_train[picked]), tf.one_hot(y_train[picked], 10))
    if step % 200 == 0:
        print(step, float(loss))

correct = tf.equal(tf.argmax(predict(x_test), 1), tf.cast(y_test, tf.int64))
print("accuracy", float(tf.reduce_mean(tf.cast(correct, tf.float32))))
