"""A TF1 veteran: weight_variable and bias_variable helpers, deepnn(x), keep_prob dropout by tf.nn.dropout, 'steps'."""

import numpy as np
import tensorflow as tf


def weight_variable(shape):
    return tf.Variable(tf.random.truncated_normal(shape, stddev=0.1))


def bias_variable(shape):
    return tf.Variable(tf.constant(0.1, shape=shape))


def conv2d(x, W):
    return tf.nn.conv2d(x, W, strides=[1, 1, 1, 1], padding="SAME")


def max_pool_2x2(x):
    return tf.nn.max_pool2d(x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")


W_conv1, b_conv1 = weight_variable([5, 5, 1, 16]), bias_variable([16])
W_conv2, b_conv2 = weight_variable([5, 5, 16, 32]), bias_variable([32])
W_fc1, b_fc1 = weight_variable([7 * 7 * 32, 256]), bias_variable([256])
W_fc2, b_fc2 = weight_variable([256, 10]), bias_variable([10])
all_variables = [W_conv1, b_conv1, W_conv2, b_conv2, W_fc1, b_fc1, W_fc2, b_fc2]


def deepnn(x, keep_prob):
    x_image = tf.reshape(x, [-1, 28, 28, 1])
    h_pool1 = max_pool_2x2(tf.nn.relu(conv2d(x_image, W_conv1) + b_conv1))
    h_pool2 = max_pool_2x2(tf.nn.relu(conv2d(h_pool1, W_conv2) + b_conv2))
    h_fc1 = tf.nn.relu(tf.matmul(tf.reshape(h_pool2, [-1, 7 * 7 * 32]), W_fc1) + b_fc1)
    h_fc1_drop = tf.nn.dropout(h_fc1, rate=1.0 - keep_prob)
    return tf.matmul(h_fc1_drop, W_fc2) + b_fc2


optimizer = tf.keras.optimizers.Adam(1e-3)


@tf.function
def train_step(x, y_):
    with tf.GradientTape() as tape:
        y_conv = deepnn(x, keep_prob=0.5)
        cross_entropy = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y_, logits=y_conv))
    optimizer.apply_gradients(zip(tape.gradient(cross_entropy, all_variables), all_variables))


def accuracy(x, y_):
    y_conv = deepnn(x, keep_prob=1.0)
    correct_prediction = tf.equal(tf.argmax(y_conv, 1), tf.argmax(y_, 1))
    return tf.reduce_mean(tf.cast(correct_prediction, tf.float32))


(train_x, train_y), (test_x, test_y) = tf.keras.datasets.mnist.load_data()
train_x = np.reshape(train_x, [-1, 784]).astype(np.float32) / 255.0
test_x = np.reshape(test_x, [-1, 784]).astype(np.float32) / 255.0
train_y = np.eye(10, dtype=np.float32)[train_y]
test_y = np.eye(10, dtype=np.float32)[test_y]

for i in range(400):
    batch = np.random.choice(len(train_x), 50, replace=False)
    train_step(train_x[batch], train_y[batch])
    if i % 100 == 0:
        print("step %d, training accuracy %g" % (i, accuracy(train_x[batch], train_y[batch])))
print(
    "test accuracy %g"
    % np.mean([accuracy(test_x[k : k + 500], test_y[k : k + 500]) for k in range(0, len(test_x), 500)])
)
