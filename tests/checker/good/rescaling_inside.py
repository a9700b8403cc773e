"""The model takes the bytes as they are: Rescaling and the channel axis are layers of a LeNet-like net, own loop."""

import tensorflow as tf

(x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()

lenet = tf.keras.Sequential(
    [
        tf.keras.layers.Input((28, 28), dtype="uint8"),
        tf.keras.layers.Rescaling(1.0 / 255),
        tf.keras.layers.Reshape((28, 28, 1)),
        tf.keras.layers.Conv2D(6, 5, padding="same", activation="tanh"),
        tf.keras.layers.AveragePooling2D(2),
        tf.keras.layers.Conv2D(16, 5, activation="tanh"),
        tf.keras.layers.AveragePooling2D(2),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(120, activation="tanh"),
        tf.keras.layers.Dense(84, activation="tanh"),
        tf.keras.layers.Dense(10, activation="softmax"),
    ]
)
adam = tf.keras.optimizers.Adam(learning_rate=2e-3)
cross_entropy = tf.keras.losses.SparseCategoricalCrossentropy()


@tf.function
def learn(images, labels):
    with tf.GradientTape() as tape:
        loss = cross_entropy(labels, lenet(images, training=True))
    adam.apply_gradients(zip(tape.gradient(loss, lenet.trainable_variables), lenet.trainable_variables))
    return loss


batches = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(20_000).batch(100)
for epoch in range(1, 5):
    for number, (images, labels) in enumerate(batches):
        loss = learn(images, labels)
        if number % 300 == 0:
            tf.print("epoch", epoch, "batch", number, "loss", loss)

right = tf.keras.metrics.sparse_categorical_accuracy(y_test, lenet.predict(x_test, batch_size=500, verbose=0))
print("test accuracy", float(tf.reduce_mean(right)))
