"""Large batches on a small machine: gradients of four micro-batches are summed up, then one Adam step is made."""

import tensorflow as tf

MICRO_BATCH = 16
ACCUMULATE = 4

(train_x, train_y), (test_x, test_y) = tf.keras.datasets.mnist.load_data()
train_x = tf.expand_dims(tf.cast(train_x, tf.float32) / 255.0, -1)
test_x = tf.expand_dims(tf.cast(test_x, tf.float32) / 255.0, -1)

net = tf.keras.Sequential(
    [
        tf.keras.Input((28, 28, 1)),
        tf.keras.layers.Conv2D(8, 5, activation="relu"),
        tf.keras.layers.MaxPooling2D(3),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(64, activation="relu"),
        tf.keras.layers.Dense(10, activation="softmax"),
    ]
)
loss_object = tf.keras.losses.SparseCategoricalCrossentropy()
optimizer = tf.keras.optimizers.Adam(2e-3)
sums = [tf.Variable(tf.zeros_like(v), trainable=False) for v in net.trainable_variables]


@tf.function
def accumulate(x, y):
    with tf.GradientTape() as tape:
        loss = loss_object(y, net(x, training=True)) / ACCUMULATE
    for total, gradient in zip(sums, tape.gradient(loss, net.trainable_variables)):
        total.assign_add(gradient)
    return loss * ACCUMULATE


@tf.function
def apply_sums():
    optimizer.apply_gradients(zip(sums, net.trainable_variables))
    for total in sums:
        total.assign(tf.zeros_like(total))


data = tf.data.Dataset.from_tensor_slices((train_x, train_y)).shuffle(10_000).batch(MICRO_BATCH)
for epoch in range(4):
    for i, (x, y) in enumerate(data, start=1):
        loss = accumulate(x, y)
        if i % ACCUMULATE == 0:
            apply_sums()
    guesses = net.predict(test_x, verbose=0).argmax(-1)
    print(f"epoch {epoch}: loss {loss:.3f}, test accuracy {(guesses == test_y).mean():.4f}")
