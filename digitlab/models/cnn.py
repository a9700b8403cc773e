"""Convolutional network: convolution, ReLU and pooling twice, then Dense layers.  The lab after this one."""

from __future__ import annotations

import keras
from keras import layers

from digitlab.images.spec import ImageSpec
from digitlab.models.pooling import halvings, padding


def cnn(spec: ImageSpec, classes: int) -> keras.Sequential:
    """Convolutions with pooling, a hidden layer of 128 and the softmax.

    The comments tell the shapes of 28×28 images; larger ones get more of the second stage (`models.pooling`).

    The numbers of channels are multiples of 16, which the convolution code of CPUs likes best.

    Returns:
        float32 [batch, height, width, channels] in [0, 1] → probabilities float32 [batch, classes].
    """
    around = padding(spec)

    def second() -> list[layers.Layer]:
        return [layers.Conv2D(64, 3, activation="relu", padding=around), layers.MaxPooling2D()]

    return keras.Sequential(
        [
            layers.Input((spec.height, spec.width, spec.channels)),
            layers.Conv2D(32, 3, activation="relu", padding=around),  # [26, 26, 32]
            layers.MaxPooling2D(),  # [13, 13, 32]
            *(layer for _ in range(halvings(spec) - 1) for layer in second()),  # [5, 5, 64]
            layers.Flatten(),  # [1600]
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(classes),
            layers.Softmax(dtype="float32"),
        ],
        name="cnn",
    )
