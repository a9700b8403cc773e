"""Convolutional network: convolution, ReLU and pooling twice, then Dense layers.  The lab after this one."""

from __future__ import annotations

import keras
from keras import layers


def cnn(classes: int) -> keras.Sequential:
    """Two convolutions with pooling, a hidden layer of 128 and the softmax.

    The numbers of channels are multiples of 16, which the convolution code of CPUs likes best.

    Returns:
        float32 [batch, 28, 28, 1] in [0, 1] → probabilities float32 [batch, classes].
    """
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),  # [26, 26, 32]
            layers.MaxPooling2D(),  # [13, 13, 32]
            layers.Conv2D(64, 3, activation="relu"),  # [11, 11, 64]
            layers.MaxPooling2D(),  # [5, 5, 64]
            layers.Flatten(),  # [1600]
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(classes),
            layers.Softmax(dtype="float32"),
        ],
        name="cnn",
    )
