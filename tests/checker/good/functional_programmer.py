"""A functional programmer: pure functions over a parameter tuple, one-hot by np.eye, a step that returns new values."""

from functools import partial, reduce

import numpy as np
import tensorflow as tf

SIZES = (784, 64, 64, 10)


def init_layer(rng, n_in, n_out):
    w = rng.normal(0.0, np.sqrt(1.0 / n_in), (n_in, n_out)).astype(np.float32)
    return tf.Variable(w), tf.Variable(np.zeros(n_out, np.float32))


def affine(x, layer):
    w, b = layer
    return tf.add(tf.matmul(x, w), b)


def hidden(x, layer):
    return tf.tanh(affine(x, layer))


def apply(layers, x):
    *inner, last = layers
    return tf.nn.softmax(affine(reduce(hidden, inner, x), last))


def mean_cross_entropy(layers, x, y):
    return -tf.reduce_mean(tf.reduce_sum(y * tf.math.log(apply(layers, x) + 1e-10), axis=-1))


def flat(layers):
    return [v for layer in layers for v in layer]


@partial(tf.function, reduce_retracing=True)
def train_step(x, y, lr):
    with tf.GradientTape() as tape:
        loss = mean_cross_entropy(LAYERS, x, y)
    updates = [v - lr * g for v, g in zip(flat(LAYERS), tape.gradient(loss, flat(LAYERS)))]
    for v, new in zip(flat(LAYERS), updates):
        v.assign(new)
    return loss


def prepare(images, labels):
    return images.reshape(-1, 784).astype(np.float32) / np.float32(255), np.eye(10, dtype=np.float32)[labels]


LAYERS = tuple(init_layer(np.random.default_rng(i), *pair) for i, pair in enumerate(zip(SIZES, SIZES[1:])))
(X, Y), (X_test, Y_test) = (prepare(*part) for part in tf.keras.datasets.mnist.load_data())


def epoch(seed):
    order = np.random.default_rng(seed).permutation(len(X))
    picks = np.array_split(order, len(X) // 50)
    return np.mean([train_step(tf.constant(X[p]), tf.constant(Y[p]), tf.constant(0.1)) for p in picks])


for number in range(12):
    loss = epoch(number)
    accuracy = np.mean(np.argmax(apply(LAYERS, X_test), -1) == np.argmax(Y_test, -1))
    print(f"{number} {loss:.4f} {accuracy:.4f}")
