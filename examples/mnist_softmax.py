"""Softmax regression on MNIST: the lab as one plain TensorFlow script.

    python examples/mnist_softmax.py        25 epochs, about a minute: about 92% of the test images are recognised
    python examples/mnist_softmax.py 1      one epoch, to see that it works

docs/lab.md goes through it step by step.
"""

import sys

import tensorflow as tf

EPOCHS = int(sys.argv[1]) if len(sys.argv) > 1 else 25
BATCH_SIZE = 32
LEARNING_RATE = 0.01
CLASSES = 10
VALIDATION_IMAGES = 5_000

# ---- The data ----

# Images are uint8 [60000, 28, 28] with grey levels from 0 to 255, labels uint8 [60000] with the digits.
(images, labels), (test_images, test_labels) = tf.keras.datasets.mnist.load_data()

# Between 0 and 1, a learning rate of 0.01 makes steps of a sensible size; each image becomes a row of 784 numbers.
images = images.reshape(-1, 28 * 28).astype("float32") / 255.0
test_images = test_images.reshape(-1, 28 * 28).astype("float32") / 255.0

# A 5 becomes 0 0 0 0 0 1 0 0 0 0: the answer that we would like best, as ten probabilities.
labels = tf.one_hot(labels, depth=CLASSES)
test_labels = tf.one_hot(test_labels, depth=CLASSES)

# Never trained on, the validation images tell after each epoch how the model does on digits that it has not seen.
validation_images, train_images = images[:VALIDATION_IMAGES], images[VALIDATION_IMAGES:]
validation_labels, train_labels = labels[:VALIDATION_IMAGES], labels[VALIDATION_IMAGES:]

# `shuffle` draws a new order every epoch; only the training images need one.
train_data = tf.data.Dataset.from_tensor_slices((train_images, train_labels))
train_data = train_data.shuffle(len(train_images)).batch(BATCH_SIZE)
validation_data = tf.data.Dataset.from_tensor_slices((validation_images, validation_labels)).batch(BATCH_SIZE)
test_data = tf.data.Dataset.from_tensor_slices((test_images, test_labels)).batch(BATCH_SIZE)

# ---- The model ----


class SoftmaxRegression(tf.keras.Model):
    """Ten weighted sums of the pixels, turned into ten probabilities: y = softmax(xW + b)."""

    def __init__(self):
        super().__init__()
        self.dense = tf.keras.layers.Dense(CLASSES)
        self.softmax = tf.keras.layers.Softmax()

    def call(self, images):
        """Images float32 [batch, 784] → probabilities float32 [batch, 10]."""
        return self.softmax(self.dense(images))


model = SoftmaxRegression()

# ---- What is good, and how to get better ----

# The loss expects probabilities, which is what the model gives; so from_logits stays False.
loss_object = tf.keras.losses.CategoricalCrossentropy()
optimizer = tf.keras.optimizers.SGD(LEARNING_RATE)

# Running means: each collects batch by batch, and starts anew with every epoch.
train_loss = tf.keras.metrics.Mean()
train_accuracy = tf.keras.metrics.CategoricalAccuracy()
validation_loss = tf.keras.metrics.Mean()
validation_accuracy = tf.keras.metrics.CategoricalAccuracy()
test_loss = tf.keras.metrics.Mean()
test_accuracy = tf.keras.metrics.CategoricalAccuracy()

# ---- One step ----


@tf.function  # TensorFlow makes a graph of the Python code, which runs several times faster
def train_step(images, labels):
    """Predict, compare, differentiate, update."""
    with tf.GradientTape() as tape:
        predictions = model(images, training=True)
        loss = loss_object(labels, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    train_loss(loss)
    train_accuracy(labels, predictions)


@tf.function
def validation_step(images, labels):
    """Predict and compare; the weights stay as they are."""
    predictions = model(images, training=False)
    validation_loss(loss_object(labels, predictions))
    validation_accuracy(labels, predictions)


@tf.function
def test_step(images, labels):
    """The same for the test images."""
    predictions = model(images, training=False)
    test_loss(loss_object(labels, predictions))
    test_accuracy(labels, predictions)


# ---- The training ----

for epoch in range(1, EPOCHS + 1):
    for metric in (train_loss, train_accuracy, validation_loss, validation_accuracy):
        metric.reset_state()

    for batch_images, batch_labels in train_data:
        train_step(batch_images, batch_labels)
    for batch_images, batch_labels in validation_data:
        validation_step(batch_images, batch_labels)

    print(
        f"Epoch {epoch:2}:  "
        f"Train Loss: {train_loss.result():.3f},  "
        f"Train Accuracy: {train_accuracy.result():.3%},  "
        f"Validation Loss: {validation_loss.result():.3f},  "
        f"Validation Accuracy: {validation_accuracy.result():.3%}"
    )

# ---- The test ----

# Once, at the very end: whoever chooses by the test images has no unseen ones left.
for batch_images, batch_labels in test_data:
    test_step(batch_images, batch_labels)

print(f"Test Loss: {test_loss.result():.3f},  Test Accuracy: {test_accuracy.result():.3%}")
