"""A small convolutional network for people's own digits."""

from __future__ import annotations

from itertools import chain

import keras
from keras import layers

from digitlab.images.spec import ImageSpec
from digitlab.models.block import block
from digitlab.models.pooling import halvings, padding


def robust(spec: ImageSpec, classes: int) -> keras.Sequential:
    """Four blocks, then the mean over what is left of the picture; a third of the work of `accurate`.

    The comments tell the shapes of 28×28 images; larger ones get more of the second stage (`models.pooling`).

    Returns:
        float32 [batch, height, width, channels] in [0, 1] → probabilities float32 [batch, classes].
    """
    more = (32, 64, 64, 64)[: halvings(spec) - 1]
    return keras.Sequential(
        [
            layers.Input((spec.height, spec.width, spec.channels)),
            *block(16, 5, pool=True),  # [14, 14, 16]
            *chain.from_iterable(block(channels, pool=True) for channels in more),  # [7, 7, 32]
            *block(64),  # [7, 7, 64]
            *block(96, padding=padding(spec)),  # [5, 5, 96]
            layers.GlobalAveragePooling2D(),  # [96]
            layers.Dense(classes),
            layers.Softmax(dtype="float32"),
        ],
        name="robust",
    )
