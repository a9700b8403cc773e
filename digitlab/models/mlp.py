"""Multilayer perceptron: Dense and ReLU layers before the softmax.  The exercise of the lab."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers


def mlp(classes: int, widths: Sequence[int], dropout: float = 0.0) -> keras.Sequential:
    """A Dense layer with ReLU for each width, then the softmax regression of the lab.

    Args:
        classes: how many there are to tell apart.
        widths: units of each hidden layer, first to last; none gives softmax regression.
        dropout: the share of each hidden layer's outputs that a training step leaves out.

    Returns:
        float32 [batch, 784] in [0, 1] → probabilities float32 [batch, classes].
    """
    model = keras.Sequential([layers.Input((784,))], name="mlp")
    for width in widths:
        model.add(layers.Dense(width, activation="relu"))
        if dropout:
            model.add(layers.Dropout(dropout))
    model.add(layers.Dense(classes))
    model.add(layers.Softmax(dtype="float32"))
    return model
