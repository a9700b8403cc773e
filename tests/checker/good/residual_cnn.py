"""A researcher's small ResNet: conv-bn-relu blocks as functions, the last gamma of each branch starts at zero."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

WEIGHT_DECAY = 1e-4


def conv(filters, size, strides=1):
    return layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False, kernel_initializer="he_normal")


def norm(**kwargs):
    return layers.BatchNormalization(momentum=0.9, **kwargs)


def residual_block(x, filters, strides=1):
    shortcut = x
    if strides != 1 or x.shape[-1] != filters:
        shortcut = norm()(conv(filters, 1, strides)(x))
    y = norm()(conv(filters, 3, strides)(x))
    y = layers.Activation("relu")(y)
    y = norm(gamma_initializer="zeros")(conv(filters, 3)(y))
    return layers.Activation("relu")(layers.Add()([shortcut, y]))


def build_resnet():
    image = keras.Input((28, 28, 1))
    x = layers.Activation("relu")(norm()(conv(16, 3, strides=2)(image)))
    for filters, strides in [(16, 1), (32, 2), (48, 2)]:
        x = residual_block(x, filters, strides)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(10)(x), name="resnet8")


(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
mean, std = x_train.mean(), x_train.std()
x_train = ((x_train - mean) / std).astype("float32")[..., tf.newaxis]
x_test = ((x_test - mean) / std).astype("float32")[..., tf.newaxis]

EPOCHS, BATCH = 5, 64
schedule = keras.optimizers.schedules.CosineDecay(0.05, decay_steps=EPOCHS * len(x_train) // BATCH)
model = build_resnet()
model.compile(
    optimizer=keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True, weight_decay=WEIGHT_DECAY),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc")],
)
model.fit(x_train, y_train, batch_size=BATCH, epochs=EPOCHS, verbose=2)
print(model.evaluate(x_test, y_test, verbose=0, return_dict=True))
