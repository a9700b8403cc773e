"""A mobile developer: separable and depthwise convolutions with relu6, few parameters, softmax as its own layer."""

import tensorflow as tf

L = tf.keras.layers

train, test = tf.keras.datasets.mnist.load_data()
to_float = lambda images: tf.cast(images[..., None], tf.float32) / 127.5 - 1.0  # noqa: E731
train_images, train_labels = to_float(train[0]), train[1]
test_images, test_labels = to_float(test[0]), test[1]

net = tf.keras.Sequential(
    [
        L.InputLayer(shape=(28, 28, 1)),
        L.Conv2D(16, 3, strides=2, padding="same"),
        L.BatchNormalization(momentum=0.9),
        L.ReLU(max_value=6.0),
        L.SeparableConv2D(32, 3, padding="same"),
        L.BatchNormalization(momentum=0.9),
        L.ReLU(max_value=6.0),
        L.DepthwiseConv2D(3, strides=2, padding="same"),
        L.BatchNormalization(momentum=0.9),
        L.ReLU(max_value=6.0),
        L.Conv2D(64, 1),
        L.BatchNormalization(momentum=0.9),
        L.ReLU(max_value=6.0),
        L.GlobalAveragePooling2D(),
        L.Dense(10),
        L.Softmax(),
    ],
    name="tiny_mobile",
)
print(f"{net.count_params():,} parameters")

net.compile(
    optimizer=tf.keras.optimizers.Adam(3e-3),
    loss=tf.keras.losses.SparseCategoricalCrossentropy(),
    metrics=["accuracy"],
)
net.fit(train_images, train_labels, batch_size=64, epochs=9, verbose=2)
print("on the test images:", net.evaluate(test_images, test_labels, verbose=0)[1])
