"""One hidden block used four times on purpose: a weight-tied, recurrent network in depth, with a residual path."""

import keras
import tensorflow as tf


class LoopedNet(keras.Model):
    """State ← state + block(state), the same block in every round, as in an unrolled recurrent network."""

    def __init__(self, width=96, rounds=4):
        super().__init__()
        self.rounds = rounds
        self.encode = keras.layers.Dense(width, activation="relu")
        self.norm = keras.layers.LayerNormalization()
        self.block = keras.layers.Dense(width, activation="relu")
        self.decode = keras.layers.Dense(10, activation="softmax")

    def call(self, images):
        state = self.encode(keras.ops.reshape(images, (-1, 784)))
        for _ in range(self.rounds):
            state = state + self.block(self.norm(state))
        return self.decode(state)


(images, labels), (test_images, test_labels) = keras.datasets.mnist.load_data()
images = images.astype("float32") / 255.0
test_images = test_images.astype("float32") / 255.0

looped = LoopedNet()
loss_function = keras.losses.SparseCategoricalCrossentropy()
optimizer = keras.optimizers.Adam(1e-3)


@tf.function
def train_step(batch, targets):
    with tf.GradientTape() as tape:
        loss = loss_function(targets, looped(batch, training=True))
    optimizer.apply(tape.gradient(loss, looped.trainable_variables), looped.trainable_variables)
    return loss


for epoch in range(6):
    for batch, targets in tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(10_000).batch(64):
        loss = train_step(batch, targets)
    guessed = keras.ops.argmax(looped(test_images), axis=-1)
    print(f"epoch {epoch}: loss {loss.numpy():.3f}, test {keras.ops.mean(guessed == test_labels):.3f}")
