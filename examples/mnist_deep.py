"""The exercise of the lab: a hidden layer with a ReLU before the softmax regression; all else as in the lab.

    python examples/mnist_deep.py        25 epochs, about a minute: nearly 97% of the test images are recognised
    python examples/mnist_deep.py 1      one epoch, to see that it works

docs/exercise.md tells what it gains, and whether still more layers help.
"""

import sys

import tensorflow as tf

EPOCHS = int(sys.argv[1]) if len(sys.argv) > 1 else 25
BATCH_SIZE = 32
LEARNING_RATE = 0.01
CLASSES = 10
HIDDEN_UNITS = 128
VALIDATION_IMAGES = 5_000

(images, labels), (test_images, test_labels) = tf.keras.datasets.mnist.load_data()

# Rows of 784 numbers from 0 to 1, and a 1 at the right digit among ten numbers.
images = images.reshape(-1, 28 * 28).astype("float32") / 255.0
test_images = test_images.reshape(-1, 28 * 28).astype("float32") / 255.0
labels = tf.one_hot(labels, depth=CLASSES)
test_labels = tf.one_hot(test_labels, depth=CLASSES)

train_data = tf.data.Dataset.from_tensor_slices((images[VALIDATION_IMAGES:], labels[VALIDATION_IMAGES:]))
train_data = train_data.shuffle(len(train_data)).batch(BATCH_SIZE)
validation_data = tf.data.Dataset.from_tensor_slices((images[:VALIDATION_IMAGES], labels[:VALIDATION_IMAGES]))
validation_data = validation_data.batch(BATCH_SIZE)
test_data = tf.data.Dataset.from_tensor_slices((test_images, test_labels)).batch(BATCH_SIZE)


class DeepModel(tf.keras.Model):
    """A hidden layer of 128 units with ReLU, and softmax regression on its outputs."""

    def __init__(self):
        super().__init__()
        self.hidden = tf.keras.layers.Dense(HIDDEN_UNITS)
        self.relu = tf.keras.layers.ReLU()
        self.dense = tf.keras.layers.Dense(CLASSES)
        self.softmax = tf.keras.layers.Softmax()

    def call(self, images):
        """Images float32 [batch, 784] → probabilities float32 [batch, 10]."""
        return self.softmax(self.dense(self.relu(self.hidden(images))))


model = DeepModel()
loss_object = tf.keras.losses.CategoricalCrossentropy()
optimizer = tf.keras.optimizers.SGD(LEARNING_RATE)
mean_loss = tf.keras.metrics.Mean()
accuracy = tf.keras.metrics.CategoricalAccuracy()


@tf.function
def train_step(images, labels):
    """Predict, compare, differentiate, update."""
    with tf.GradientTape() as tape:
        predictions = model(images, training=True)
        loss = loss_object(labels, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    mean_loss(loss)
    accuracy(labels, predictions)


@tf.function
def evaluation_step(images, labels):
    """Predict and compare; the weights stay as they are."""
    predictions = model(images, training=False)
    mean_loss(loss_object(labels, predictions))
    accuracy(labels, predictions)


def over(data, step):
    """Do `step` with every batch; the mean loss and the accuracy in words."""
    mean_loss.reset_state()
    accuracy.reset_state()
    for batch_images, batch_labels in data:
        step(batch_images, batch_labels)
    return f"Loss: {mean_loss.result():.3f},  Accuracy: {accuracy.result():.3%}"


for epoch in range(1, EPOCHS + 1):
    print(
        f"Epoch {epoch:2}:  Train {over(train_data, train_step)},  Validation {over(validation_data, evaluation_step)}"
    )

print(f"Test {over(test_data, evaluation_step)}")
