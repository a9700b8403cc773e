"""In the manner of Nielsen's book: 30 sigmoid units, ten sigmoid outputs, the quadratic cost, mini-batches of ten."""

import random

import numpy as np
import tensorflow as tf


class Network:
    def __init__(self, sizes):
        self.sizes = sizes
        self.biases = [tf.Variable(np.random.randn(1, y), dtype=tf.float32) for y in sizes[1:]]
        self.weights = [
            tf.Variable(np.random.randn(x, y) / np.sqrt(x), dtype=tf.float32) for x, y in zip(sizes[:-1], sizes[1:])
        ]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = tf.sigmoid(tf.matmul(a, w) + b)
        return a

    def cost(self, x, y):
        return tf.reduce_mean(0.5 * tf.reduce_sum(tf.square(self.feedforward(x) - y), axis=1))

    @tf.function
    def update_mini_batch(self, x, y, eta):
        with tf.GradientTape() as tape:
            cost = self.cost(x, y)
        parameters = self.biases + self.weights
        for parameter, nabla in zip(parameters, tape.gradient(cost, parameters)):
            parameter.assign_sub(eta * nabla)

    def sgd(self, images, labels, epochs, mini_batch_size, eta, test_data):
        indices = list(range(len(images)))
        for epoch in range(epochs):
            random.shuffle(indices)
            for k in range(0, len(indices) - mini_batch_size + 1, mini_batch_size):
                chosen = indices[k : k + mini_batch_size]
                self.update_mini_batch(tf.constant(images[chosen]), tf.constant(labels[chosen]), eta)
            print(f"Epoch {epoch}: {self.evaluate(*test_data)} / {len(test_data[0])}")

    def evaluate(self, images, labels):
        return int(np.sum(np.argmax(self.feedforward(images), axis=1) == labels))


def vectorized_result(labels):
    result = np.zeros((len(labels), 10), dtype=np.float32)
    result[np.arange(len(labels)), labels] = 1.0
    return result


(tr_x, tr_y), (te_x, te_y) = tf.keras.datasets.mnist.load_data()
tr_x = np.reshape(tr_x, (-1, 784)).astype(np.float32) / 255.0
te_x = np.reshape(te_x, (-1, 784)).astype(np.float32) / 255.0

net = Network([784, 30, 10])
net.sgd(tr_x, vectorized_result(tr_y), epochs=6, mini_batch_size=10, eta=3.0, test_data=(te_x, te_y))
