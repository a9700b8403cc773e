"""Dropout and batch normalisation in an own loop: training=True while training, training=False for every answer."""

import tensorflow as tf


class ConvNet(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.conv1 = tf.keras.layers.Conv2D(16, 3, padding="same")
        self.bn1 = tf.keras.layers.BatchNormalization(momentum=0.9)
        self.conv2 = tf.keras.layers.Conv2D(32, 3, padding="same")
        self.bn2 = tf.keras.layers.BatchNormalization(momentum=0.9)
        self.pool = tf.keras.layers.MaxPool2D()
        self.flatten = tf.keras.layers.Flatten()
        self.fc = tf.keras.layers.Dense(64, activation="relu")
        self.dropout = tf.keras.layers.Dropout(0.4)
        self.out = tf.keras.layers.Dense(10, activation="softmax")

    def call(self, x, training=False):
        x = self.pool(tf.nn.relu(self.bn1(self.conv1(x), training=training)))
        x = self.pool(tf.nn.relu(self.bn2(self.conv2(x), training=training)))
        x = self.fc(self.flatten(x))
        x = self.dropout(x, training=training)
        return self.out(x)


(train_x, train_y), (test_x, test_y) = tf.keras.datasets.mnist.load_data()
train_x = train_x[:, :, :, tf.newaxis].astype("float32") / 255.0
test_x = test_x[:, :, :, tf.newaxis].astype("float32") / 255.0

train_ds = tf.data.Dataset.from_tensor_slices((train_x, train_y)).shuffle(10000).batch(64).prefetch(2)
test_ds = tf.data.Dataset.from_tensor_slices((test_x, test_y)).batch(500)

model = ConvNet()
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy()
optimizer = tf.keras.optimizers.Adam(learning_rate=0.001)
train_acc = tf.keras.metrics.SparseCategoricalAccuracy()
test_acc = tf.keras.metrics.SparseCategoricalAccuracy()


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        y_pred = model(x, training=True)
        loss = loss_fn(y, y_pred)
    grads = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(grads, model.trainable_weights))
    train_acc.update_state(y, y_pred)
    return loss


@tf.function
def test_step(x, y):
    test_acc.update_state(y, model(x, training=False))


for epoch in range(3):
    for x, y in train_ds:
        train_step(x, y)
    for x, y in test_ds:
        test_step(x, y)
    print("epoch", epoch, "train", float(train_acc.result()), "test", float(test_acc.result()))
    train_acc.reset_state()
    test_acc.reset_state()
