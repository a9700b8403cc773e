"""Multilayer perceptron: the exercise of the lab, with the lab's settings, so that only the layers differ.

Command:   digitlab train mlp:512-256          widths of the hidden layers; mlp alone is mlp:128
           digitlab train mlp:512-256,dropout=0.2
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from digitlab.config import TrainingConfig
from digitlab.errors import UsageError
from digitlab.images.spec import ImageSpec
from digitlab.recipes.recipe import Recipe

DEFAULT = "128"
FORM = re.compile(r"(?P<widths>\d+(-\d+)*)(,dropout=(?P<dropout>0?\.\d+))?")
MAX_UNITS = 100_000
MEASURED = {  # layers → cost and expected accuracy
    "128": ("101,770 parameters; 8 seconds of one core", "96.72 ± 0.09% (mean ± sd over 5 seeds, last epoch)"),
    "512-256": ("535,818 parameters; 38 seconds of one core", "97.76 ± 0.03% (mean ± sd over 5 seeds, last epoch)"),
}


def network(values: int, classes: int, widths: Sequence[int], dropout: float = 0.0) -> Any:
    """A Dense layer with ReLU for each width, then the softmax regression of the lab.

    Args:
        values: of an image: its height times its width times its channels.
        classes: how many there are to tell apart.
        widths: units of each hidden layer, first to last; none gives softmax regression.
        dropout: the share of each hidden layer's outputs that a training step leaves out.

    Returns:
        float32 [batch, values] in [0, 1] → probabilities float32 [batch, classes].
    """
    import keras
    from keras import layers

    model = keras.Sequential([layers.Input((values,))], name="mlp")
    for width in widths:
        model.add(layers.Dense(width, activation="relu"))
        if dropout:
            model.add(layers.Dropout(dropout))
    model.add(layers.Dense(classes))
    model.add(layers.Softmax(dtype="float32"))
    return model


def recipe(layers: str | None = None) -> Recipe:
    """The recipe for hidden layers like `512-256` or `512-256,dropout=0.2`.

    Raises:
        UsageError: the layers are not of this form.
    """
    layers = DEFAULT if layers is None else layers
    form = FORM.fullmatch(layers)
    widths = [int(width) for width in form["widths"].split("-")] if form else []
    if not form or not all(0 < width <= MAX_UNITS for width in widths):
        raise UsageError(
            "the hidden layers of mlp cannot be read",
            found=f"mlp:{layers}",
            remedy=f"give widths of 1 to {MAX_UNITS:,} like mlp:512-256, or mlp:512-256,dropout=0.2",
        )
    dropout = float(form["dropout"] or 0)

    def build(spec: ImageSpec, classes: int) -> Any:
        return network(spec.values, classes, widths, dropout)

    title = f"multilayer perceptron, ReLU layers of {' and '.join(map(str, widths))}"
    title += f", dropout {dropout:g}" if dropout else ""
    cost, expected = MEASURED.get(layers, ("", ""))
    return Recipe(title, TrainingConfig(), build, flat=True, cost=cost, expected=expected)


def with_dropout(spec: str, dropout: float) -> str:
    """`spec` with dropout after each hidden layer: `mlp:64` and 0.2 → `mlp:64,dropout=0.2`.

    Raises:
        UsageError: it is no mlp, it has a dropout already, or this is none.
    """
    name, _, layers = spec.partition(":")
    if name != "mlp" or "dropout" in layers:
        raise UsageError(
            "--dropout is for mlp without a dropout of its own",
            found=f"{spec} --dropout {dropout:g}",
            remedy="give it with mlp:LAYERS, as mlp:512-256 --dropout 0.2; a file of yours has its own layers",
        )
    if not 0 < dropout < 1:
        raise UsageError(
            "invalid value for --dropout", found=f"{dropout:g}", remedy="give a share between 0 and 1, as 0.2"
        )
    return f"mlp:{layers or DEFAULT},dropout={np.format_float_positional(dropout)}"
