"""Fully convolutional by tf.nn: strides instead of pooling; ten maps at the end, whose means are the logits."""

import tensorflow as tf


def conv_weights(size, n_in, n_out):
    return tf.Variable(tf.random.truncated_normal([size, size, n_in, n_out], stddev=(2 / (size * size * n_in)) ** 0.5))


params = {
    "w1": conv_weights(3, 1, 16),
    "b1": tf.Variable(tf.zeros(16)),
    "w2": conv_weights(3, 16, 32),
    "b2": tf.Variable(tf.zeros(32)),
    "w3": conv_weights(3, 32, 32),
    "b3": tf.Variable(tf.zeros(32)),
    "w4": conv_weights(1, 32, 10),
    "b4": tf.Variable(tf.zeros(10)),
}


def network(x):
    x = tf.nn.relu(tf.nn.conv2d(x, params["w1"], strides=2, padding="SAME") + params["b1"])
    x = tf.nn.relu(tf.nn.conv2d(x, params["w2"], strides=2, padding="SAME") + params["b2"])
    x = tf.nn.relu(tf.nn.conv2d(x, params["w3"], strides=1, padding="VALID") + params["b3"])
    x = tf.nn.conv2d(x, params["w4"], strides=1, padding="SAME") + params["b4"]
    return tf.reduce_mean(x, axis=[1, 2])


optimizer = tf.optimizers.Adam(0.003)


@tf.function
def train_op(x, y):
    with tf.GradientTape() as tape:
        cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=network(x)))
    trainables = list(params.values())
    optimizer.apply_gradients(zip(tape.gradient(cost, trainables), trainables))
    return cost


def load(part):
    images, labels = part
    return tf.cast(images.reshape(-1, 28, 28, 1), tf.float32) / 255.0, tf.one_hot(labels, 10, dtype=tf.float32)


train_part, test_part = tf.keras.datasets.mnist.load_data()
x_train, y_train = load(train_part)
x_test, y_test = load(test_part)

for epoch in range(8):
    for x, y in tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(10_000).batch(64):
        cost = train_op(x, y)
    accuracy = tf.keras.metrics.categorical_accuracy(y_test, network(x_test))
    print("epoch", epoch, "cost", cost.numpy(), "accuracy", accuracy.numpy().mean())
