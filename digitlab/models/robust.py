"""A small convolutional network for people's own digits."""

from __future__ import annotations

import keras
from keras import layers

from digitlab.models.block import block


def robust(classes: int) -> keras.Sequential:
    """Four blocks, then the mean over what is left of the picture; a third of the work of `accurate`.

    Returns:
        float32 [batch, 28, 28, 1] in [0, 1] → probabilities float32 [batch, classes].
    """
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            *block(16, 5, pool=True),  # [14, 14, 16]
            *block(32, pool=True),  # [7, 7, 32]
            *block(64),  # [7, 7, 64]
            *block(96, padding="valid"),  # [5, 5, 96]
            layers.GlobalAveragePooling2D(),  # [96]
            layers.Dense(classes),
            layers.Softmax(dtype="float32"),
        ],
        name="robust",
    )
