"""A multilayer perceptron from scratch: lists of tf.Variable, own clipped cross-entropy, own SGD by assign_sub."""

import tensorflow as tf

layer_sizes = [784, 200, 80, 10]
learning_rate = 0.1
batch_size = 64
num_epochs = 6

(train_images, train_labels), (test_images, test_labels) = tf.keras.datasets.mnist.load_data()


def preprocess(images, labels):
    images = tf.reshape(tf.cast(images, tf.float32) / 255.0, [-1, 784])
    return images, tf.one_hot(labels, 10)


train_images, train_labels = preprocess(train_images, train_labels)
test_images, test_labels = preprocess(test_images, test_labels)

weights = []
biases = []
for n_in, n_out in zip(layer_sizes[:-1], layer_sizes[1:]):
    stddev = (2.0 / n_in) ** 0.5
    weights.append(tf.Variable(tf.random.normal([n_in, n_out], stddev=stddev)))
    biases.append(tf.Variable(tf.zeros([n_out])))


def forward(x):
    h = x
    for w, b in zip(weights[:-1], biases[:-1]):
        h = tf.nn.relu(tf.matmul(h, w) + b)
    return tf.nn.softmax(tf.matmul(h, weights[-1]) + biases[-1])


def loss_fn(y, probabilities):
    probabilities = tf.clip_by_value(probabilities, 1e-7, 1.0)
    return tf.reduce_mean(-tf.reduce_sum(y * tf.math.log(probabilities), axis=-1))


def sgd(parameters, gradients, rate):
    for parameter, gradient in zip(parameters, gradients):
        parameter.assign_sub(rate * gradient)


@tf.function
def train_step(x, y):
    parameters = weights + biases
    with tf.GradientTape() as tape:
        loss = loss_fn(y, forward(x))
    gradients = tape.gradient(loss, parameters)
    sgd(parameters, gradients, learning_rate)
    return loss


dataset = tf.data.Dataset.from_tensor_slices((train_images, train_labels)).shuffle(5000).batch(batch_size)
for epoch in range(num_epochs):
    total = 0.0
    for x, y in dataset:
        total += float(train_step(x, y))
    hits = tf.argmax(forward(test_images), axis=1) == tf.argmax(test_labels, axis=1)
    print(epoch, "loss", total / len(dataset), "test accuracy", float(tf.reduce_mean(tf.cast(hits, tf.float32))))
