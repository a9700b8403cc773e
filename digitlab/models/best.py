"""A deeper convolutional network, for a training of some minutes."""

from __future__ import annotations

import keras
from keras import layers

from digitlab.images.spec import ImageSpec
from digitlab.models.block import block
from digitlab.models.pooling import halvings, padding


def best(spec: ImageSpec, classes: int) -> keras.Sequential:
    """Six blocks, two for each size of the picture, then the mean over what is left of it.

    The comments tell the shapes of 28×28 images; larger ones get more of the second stage (`models.pooling`).

    Returns:
        float32 [batch, height, width, channels] in [0, 1] → probabilities float32 [batch, classes].
    """
    return keras.Sequential(
        [
            layers.Input((spec.height, spec.width, spec.channels)),
            *block(32),  # [28, 28, 32]
            *block(32, pool=True),  # [14, 14, 32]
            *(
                layer
                for channels in (64, 128, 128, 128)[: halvings(spec) - 1]
                for layer in [*block(channels), *block(channels, pool=True)]
            ),  # [14, 14, 64], [7, 7, 64]
            *block(128),  # [7, 7, 128]
            *block(128, padding=padding(spec)),  # [5, 5, 128]
            layers.GlobalAveragePooling2D(),  # [128]
            layers.Dense(classes),
            layers.Softmax(dtype="float32"),
        ],
        name="best",
    )
