"""A reader of the TensorFlow core guide: tf.Module classes for the layers and the network, no Keras layer."""

import tensorflow as tf
from tensorflow.keras.datasets import mnist


class Linear(tf.Module):
    def __init__(self, n_in, n_out, name=None):
        super().__init__(name=name)
        limit = tf.sqrt(6.0 / (n_in + n_out))
        self.w = tf.Variable(tf.random.uniform([n_in, n_out], -limit, limit), name="w")
        self.b = tf.Variable(tf.zeros([n_out]), name="b")

    @tf.Module.with_name_scope
    def __call__(self, x):
        return x @ self.w + self.b


class Network(tf.Module):
    def __init__(self, hidden=128, name=None):
        super().__init__(name=name)
        self.hidden = Linear(28 * 28, hidden, name="hidden")
        self.output = Linear(hidden, 10, name="output")

    def __call__(self, x):
        x = tf.reshape(x, [-1, 28 * 28])
        x = tf.nn.relu(self.hidden(x))
        return self.output(x)


network = Network()


@tf.function
def train(x, y, rate):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=network(x)))
    for variable, gradient in zip(network.trainable_variables, tape.gradient(loss, network.trainable_variables)):
        variable.assign_sub(rate * gradient)
    return loss


(train_x, train_y), (test_x, test_y) = mnist.load_data()
train_x = tf.image.convert_image_dtype(train_x, tf.float32)
test_x = tf.image.convert_image_dtype(test_x, tf.float32)
train_y = tf.cast(train_y, tf.int32)
batches = tf.data.Dataset.from_tensor_slices((train_x, train_y)).shuffle(10000).batch(50)

for epoch in range(8):
    for x, y in batches:
        train(x, y, 0.1)
    answers = tf.argmax(network(test_x), axis=1)
    print(f"After epoch {epoch + 1}: {100 * tf.reduce_mean(tf.cast(answers == test_y, tf.float32)):.2f}%")
