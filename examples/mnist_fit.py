"""Softmax regression on MNIST the short way: `compile` and `fit`.

    python examples/mnist_fit.py        25 epochs, about a minute: about 92% of the test images are recognised
    python examples/mnist_fit.py 1      one epoch, to see that it works

`fit` brings its own loop: progress, batches, validation and callbacks come with it, but what happens inside a step is
out of sight.  The loop of mnist_softmax.py shows every step and lets you change it (two optimizers, a loss of your
own, a look at the gradients), but all that `fit` brings you have to write yourself.
"""

import sys

import tensorflow as tf

EPOCHS = int(sys.argv[1]) if len(sys.argv) > 1 else 25

(images, labels), (test_images, test_labels) = tf.keras.datasets.mnist.load_data()

# Scaling and flattening are layers here: they go wherever the model goes, and nobody can forget them.
model = tf.keras.Sequential(
    [
        tf.keras.Input((28, 28)),
        tf.keras.layers.Rescaling(1 / 255),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(10, activation="softmax"),
    ]
)

# «sparse» takes the labels as the numbers that they are, and does the one-hot step by itself.
model.compile(
    optimizer=tf.keras.optimizers.SGD(0.01),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)

# The last twelfth, 5,000 images, is put aside before anything is shuffled.  These are easier to read than the others,
# so expect 93.5% on them where the test images give 92%.
model.fit(images, labels, batch_size=32, epochs=EPOCHS, validation_split=1 / 12, verbose=2)

test_loss, test_accuracy = model.evaluate(test_images, test_labels, verbose=0)
print(f"Test Loss: {test_loss:.3f},  Test Accuracy: {test_accuracy:.3%}")
