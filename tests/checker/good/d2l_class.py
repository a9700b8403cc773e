"""A d2l reader: a plain Python class with __call__, initialised with normal(0, 0.01), own updater, own accuracy."""

import tensorflow as tf

batch_size, lr, num_epochs = 128, 0.3, 10
num_inputs, num_hiddens, num_outputs = 784, 256, 10


def load_data_mnist(batch_size):
    train, test = tf.keras.datasets.mnist.load_data()

    def process(X, y):
        return tf.cast(tf.expand_dims(X, -1), tf.float32) / 255, tf.cast(y, tf.int32)

    return (
        tf.data.Dataset.from_tensor_slices(process(*train)).shuffle(len(train[0])).batch(batch_size),
        tf.data.Dataset.from_tensor_slices(process(*test)).batch(batch_size),
    )


class MLPScratch:
    def __init__(self, num_inputs, num_hiddens, num_outputs, sigma=0.01):
        self.W1 = tf.Variable(tf.random.normal((num_inputs, num_hiddens)) * sigma)
        self.b1 = tf.Variable(tf.zeros(num_hiddens))
        self.W2 = tf.Variable(tf.random.normal((num_hiddens, num_outputs)) * sigma)
        self.b2 = tf.Variable(tf.zeros(num_outputs))
        self.params = [self.W1, self.b1, self.W2, self.b2]

    def __call__(self, X):
        X = tf.reshape(X, (-1, self.W1.shape[0]))
        H = tf.math.maximum(tf.matmul(X, self.W1) + self.b1, 0)
        return tf.matmul(H, self.W2) + self.b2


def loss(y_hat, y):
    return tf.losses.sparse_categorical_crossentropy(y, y_hat, from_logits=True)


def updater(params, grads, lr):
    for param, grad in zip(params, grads):
        param.assign_sub(lr * grad)


def accuracy(net, data_iter):
    right, seen = 0, 0
    for X, y in data_iter:
        right += int(tf.reduce_sum(tf.cast(tf.argmax(net(X), axis=1, output_type=tf.int32) == y, tf.int32)))
        seen += len(y)
    return right / seen


train_iter, test_iter = load_data_mnist(batch_size)
net = MLPScratch(num_inputs, num_hiddens, num_outputs)

for epoch in range(num_epochs):
    for X, y in train_iter:
        with tf.GradientTape() as tape:
            l = tf.reduce_mean(loss(net(X), y))
        updater(net.params, tape.gradient(l, net.params), lr)
    print(f"epoch {epoch + 1}, loss {float(l):.3f}, test acc {accuracy(net, test_iter):.3f}")
