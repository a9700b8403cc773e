"""A small convolutional network for a training of seconds."""

from __future__ import annotations

from itertools import chain

import keras
from keras import layers

from digitlab.images.spec import ImageSpec
from digitlab.models.block import block
from digitlab.models.pooling import halvings, padding


def fast(spec: ImageSpec, classes: int) -> keras.Sequential:
    """Three blocks; the first halves the picture by its stride, so that nothing works on all of its pixels.

    The comments tell the shapes of 28×28 images; larger ones get more of the second stage (`models.pooling`).

    Returns:
        float32 [batch, height, width, channels] in [0, 1] → probabilities float32 [batch, classes].
    """
    more = (32, 64, 64, 64)[: halvings(spec) - 1]
    return keras.Sequential(
        [
            layers.Input((spec.height, spec.width, spec.channels)),
            *block(16, 5, stride=2),  # [14, 14, 16]
            *chain.from_iterable(block(channels, pool=True) for channels in more),  # [7, 7, 32]
            *block(64, padding=padding(spec)),  # [5, 5, 64]
            layers.Flatten(),  # [1600]
            layers.Dense(classes),
            layers.Softmax(dtype="float32"),
        ],
        name="fast",
    )
