"""A small convolutional network for a training of seconds."""

from __future__ import annotations

import keras
from keras import layers

from digitlab.models.block import block


def fast(classes: int) -> keras.Sequential:
    """Three blocks; the first halves the picture by its stride, so that nothing works on 28×28 channels.

    Returns:
        float32 [batch, 28, 28, 1] in [0, 1] → probabilities float32 [batch, classes].
    """
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            *block(16, 5, stride=2),  # [14, 14, 16]
            *block(32, pool=True),  # [7, 7, 32]
            *block(64, padding="valid"),  # [5, 5, 64]
            layers.Flatten(),  # [1600]
            layers.Dense(classes),
            layers.Softmax(dtype="float32"),
        ],
        name="fast",
    )
