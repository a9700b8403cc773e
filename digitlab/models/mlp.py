"""Multilayer perceptron: Dense and ReLU layers before the softmax.  The exercise of the lab."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers


def mlp(values: int, classes: int, widths: Sequence[int], dropout: float = 0.0) -> keras.Sequential:
    """A Dense layer with ReLU for each width, then the softmax regression of the lab.

    Args:
        values: of an image: its height times its width times its channels.
        classes: how many there are to tell apart.
        widths: units of each hidden layer, first to last; none gives softmax regression.
        dropout: the share of each hidden layer's outputs that a training step leaves out.

    Returns:
        float32 [batch, values] in [0, 1] → probabilities float32 [batch, classes].
    """
    model = keras.Sequential([layers.Input((values,))], name="mlp")
    for width in widths:
        model.add(layers.Dense(width, activation="relu"))
        if dropout:
            model.add(layers.Dropout(dropout))
    model.add(layers.Dense(classes))
    model.add(layers.Softmax(dtype="float32"))
    return model
