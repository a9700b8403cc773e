"""Label smoothing and an exponential learning-rate decay around a plain ReLU network with logits."""

import tensorflow as tf

EPOCHS = 6
BATCH_SIZE = 50

(x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
x_train = tf.cast(x_train, tf.float32) / 255.0
x_test = tf.cast(x_test, tf.float32) / 255.0
y_train = tf.one_hot(y_train, 10)
y_test = tf.one_hot(y_test, 10)

image = tf.keras.Input((28, 28))
hidden = tf.keras.layers.Flatten()(image)
for width in (256, 128):
    hidden = tf.keras.layers.Dense(width, kernel_initializer="he_uniform")(hidden)
    hidden = tf.keras.layers.ReLU()(hidden)
evidence = tf.keras.layers.Dense(10)(hidden)
model = tf.keras.Model(image, evidence)

steps = EPOCHS * (len(x_train) // BATCH_SIZE)
schedule = tf.keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=steps, decay_rate=0.1)
model.compile(
    loss=tf.keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
    optimizer=tf.keras.optimizers.SGD(schedule, momentum=0.5),
    metrics=[tf.keras.metrics.CategoricalAccuracy()],
)
model.fit(x_train, y_train, batch_size=BATCH_SIZE, epochs=EPOCHS, verbose=2)
model.evaluate(x_test, y_test, verbose=2)
