"""A paper reimplemented in an evening: an MLP-Mixer on 4x4 patches, mixing tokens and channels, with fit."""

import keras
from keras import layers, ops

PATCH, TOKENS, CHANNELS = 4, 49, 64


def to_patches(images):
    """[n, 28, 28] → [n, 49, 16], patch after patch."""
    grid = images.reshape(-1, 7, PATCH, 7, PATCH).transpose(0, 1, 3, 2, 4)
    return grid.reshape(-1, TOKENS, PATCH * PATCH).astype("float32") / 255.0


class MixerLayer(layers.Layer):
    def __init__(self, tokens_dim, channels_dim, **kwargs):
        super().__init__(**kwargs)
        self.token_norm = layers.LayerNormalization()
        self.token_mlp = keras.Sequential([layers.Dense(tokens_dim, "gelu"), layers.Dense(TOKENS)])
        self.channel_norm = layers.LayerNormalization()
        self.channel_mlp = keras.Sequential([layers.Dense(channels_dim, "gelu"), layers.Dense(CHANNELS)])

    def call(self, x):
        mixed = self.token_mlp(ops.transpose(self.token_norm(x), (0, 2, 1)))
        x = x + ops.transpose(mixed, (0, 2, 1))
        return x + self.channel_mlp(self.channel_norm(x))


def mixer(depth=2):
    patches = keras.Input((TOKENS, PATCH * PATCH))
    x = layers.Dense(CHANNELS)(patches)
    for _ in range(depth):
        x = MixerLayer(32, 128)(x)
    x = layers.LayerNormalization()(x)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(patches, layers.Dense(10, activation="softmax")(x))


(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train, x_test = to_patches(x_train), to_patches(x_test)

model = mixer()
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=64, epochs=6, validation_data=(x_test, y_test), verbose=2)
