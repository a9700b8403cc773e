"""Someone coming from PyTorch: class Net with forward, criterion, a Trainer object, train() and evaluate() loops."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers as nn


class MNISTDataset:
    def __init__(self, train):
        split = tf.keras.datasets.mnist.load_data()[0 if train else 1]
        self.images = ((split[0] / 255.0 - 0.1307) / 0.3081).astype("float32")[:, :, :, None]
        self.labels = split[1].astype("int64")

    def batches(self, size, shuffle=False):
        order = np.random.permutation(len(self.images)) if shuffle else np.arange(len(self.images))
        for start in range(0, len(order), size):
            pick = order[start : start + size]
            yield self.images[pick], self.labels[pick]


class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2D(10, 5)
        self.conv2 = nn.Conv2D(20, 5)
        self.conv2_drop = nn.SpatialDropout2D(0.2)
        self.fc1 = nn.Dense(50)
        self.fc2 = nn.Dense(10)

    def forward(self, x, training):
        x = tf.nn.relu(tf.nn.max_pool2d(self.conv1(x), 2, 2, "VALID"))
        x = tf.nn.relu(tf.nn.max_pool2d(self.conv2_drop(self.conv2(x), training=training), 2, 2, "VALID"))
        x = tf.reshape(x, [-1, 320])
        x = tf.nn.relu(self.fc1(x))
        return tf.nn.log_softmax(self.fc2(x), axis=1)

    def call(self, x, training=False):
        return self.forward(x, training)


def nll_loss(log_probabilities, target):
    return -tf.reduce_mean(tf.reduce_sum(log_probabilities * tf.one_hot(target, 10), axis=1))


class Trainer:
    def __init__(self, net, lr=0.01, momentum=0.9):
        self.net = net
        self.optimizer = tf.keras.optimizers.SGD(learning_rate=lr, momentum=momentum)

    @tf.function(reduce_retracing=True)
    def step(self, data, target):
        with tf.GradientTape() as tape:
            loss = nll_loss(self.net(data, training=True), target)
        gradients = tape.gradient(loss, self.net.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.net.trainable_variables))
        return loss

    def train(self, dataset, epochs):
        for epoch in range(1, epochs + 1):
            losses = [self.step(data, target) for data, target in dataset.batches(64, shuffle=True)]
            print(f"Train Epoch: {epoch} Loss: {np.mean(losses):.6f}")

    def evaluate(self, dataset):
        hits = [np.argmax(self.net(d, training=False), 1) == t for d, t in dataset.batches(1000)]
        print(f"Test set: Accuracy: {np.concatenate(hits).mean():.2%}")


trainer = Trainer(Net())
trainer.train(MNISTDataset(train=True), epochs=4)
trainer.evaluate(MNISTDataset(train=False))
