# ruff: noqa
# mypy: ignore-errors
"""A lab script whose step returns nothing: it keeps loss and accuracy in metrics."""

import tensorflow as tf

BATCH = 32

(x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
x_train, x_test = x_train / 255.0, x_test / 255.0
x_train = x_train.reshape(-1, 784).astype("float32")
y_train = tf.one_hot(y_train, 10)
x_val, y_val = x_train[-5000:], y_train[-5000:]
x_train, y_train = x_train[:55000], y_train[:55000]
train_data = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(10000).batch(BATCH)
val_data = tf.data.Dataset.from_tensor_slices((x_val, y_val)).batch(BATCH)


class MyModel(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = tf.keras.layers.Dense(10)

    def call(self, x):
        return tf.nn.softmax(self.dense(x))


model = MyModel()
loss_object = tf.keras.losses.CategoricalCrossentropy()
optimizer = tf.keras.optimizers.SGD(0.1)
train_loss = tf.keras.metrics.Mean(name="train_loss")
train_accuracy = tf.keras.metrics.CategoricalAccuracy()


@tf.function
def step(images, labels):
    with tf.GradientTape() as tape:
        predictions = model(images)
        loss = loss_object(labels, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    train_loss(loss)
    train_accuracy(labels, predictions)


for epoch in range(5):
    for images, labels in train_data:
        step(images, labels)
    print(epoch, train_loss.result(), train_accuracy.result())
