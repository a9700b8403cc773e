"""Averaged weights: SGD with a hand-kept exponential moving average of every variable; the averages answer the test."""

import tensorflow as tf

DECAY = 0.99

(x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
x_train = x_train.reshape(-1, 784).astype("float32") / 127.5 - 1.0
x_test = x_test.reshape(-1, 784).astype("float32") / 127.5 - 1.0


def make():
    return tf.keras.Sequential(
        [
            tf.keras.Input((784,)),
            tf.keras.layers.Dense(100),
            tf.keras.layers.Activation("relu"),
            tf.keras.layers.Dense(10),
        ]
    )


student = make()
average = make()
average.set_weights(student.get_weights())

optimizer = tf.keras.optimizers.SGD(0.02, momentum=0.9)
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_fn(y, student(x, training=True))
    grads = tape.gradient(loss, student.trainable_variables)
    optimizer.apply_gradients(zip(grads, student.trainable_variables))
    for slow, fast in zip(average.variables, student.variables):
        slow.assign(DECAY * slow + (1.0 - DECAY) * fast)
    return loss


def accuracy(network):
    return float(tf.reduce_mean(tf.keras.metrics.sparse_categorical_accuracy(y_test, network(x_test))))


for epoch in range(6):
    for x, y in tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(10_000).batch(64):
        loss = train_step(x, y)
    print(f"epoch {epoch}, loss {loss:.3f}, student {accuracy(student):.4f}, average {accuracy(average):.4f}")
