"""A fully convolutional network that reads a line of digits without cutting it."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from digitlab.preprocess.strip import ALPHABET, HEIGHT

MOMENTUM = 0.9  # of the running statistics of batch normalisation
CLASSES = len(ALPHABET) + 1  # characters, and none


def lines() -> keras.Model:
    """Convolutions that halve the height five times and the width twice, then some along the line.

    Returns:
        float32 [batch, 32, width, 1] in [0, 1] → logits float32 [batch, width / 4, classes].
    """
    strip = keras.Input((HEIGHT, None, 1))
    features = _block(strip, 20, (3, 3), (2, 2))  # [16, width / 2]
    features = _block(features, 40, (3, 3), (2, 2))  # [8, width / 4]
    features = _block(features, 72, (3, 3))
    features = _block(features, 72, (3, 3), (2, 1))  # [4]
    features = _block(features, 96, (3, 3))
    features = _block(features, 96, (3, 3), (2, 1))  # [2]
    features = layers.Conv2D(112, (2, 3), padding="valid", use_bias=False)(layers.ZeroPadding2D((0, 1))(features))
    features = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(features))  # [1]
    for _ in range(2):
        features = layers.Add()([features, _block(features, 112, (1, 5))])
    logits = layers.Conv2D(CLASSES, 1, dtype="float32")(features)
    return keras.Model(strip, layers.Reshape((-1, CLASSES), dtype="float32")(logits), name="lines")


def _block(features: Any, channels: int, size: tuple[int, int], pool: tuple[int, int] | None = None) -> Any:
    """Convolution, pooling if asked for, normalisation, ReLU, as `models.block` has them for squares."""
    features = layers.Conv2D(channels, size, padding="same", use_bias=False)(features)
    if pool:
        features = layers.MaxPooling2D(pool)(features)
    return layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(features))
