"""Multilayer perceptron: the exercise of the lab, with the lab's settings, so that only the layers differ.

Command:   digitlab train mlp:512-256          widths of the hidden layers; mlp alone is mlp:128
           digitlab train mlp:512-256,dropout=0.2
Cost:      mlp:128 101,770 parameters, 8 seconds; mlp:512-256 535,818 parameters, 38 seconds, on one core
Expected:  96.72 ± 0.09% and 97.76 ± 0.03% of the MNIST test images (mean ± sd over 5 seeds, last epoch)
"""

from __future__ import annotations

import re
from typing import Any

from digitlab.config import TrainingConfig
from digitlab.errors import UsageError
from digitlab.recipes.recipe import Recipe

DEFAULT = "128"
FORM = re.compile(r"(?P<widths>\d+(-\d+)*)(,dropout=(?P<dropout>0?\.\d+))?")
MOST_UNITS = 100_000


def recipe(layers: str | None = None) -> Recipe:
    """The recipe for hidden layers like «512-256» or «512-256,dropout=0.2».

    Raises:
        UsageError: the layers are not of this form.
    """
    layers = layers or DEFAULT
    form = FORM.fullmatch(layers)
    widths = [int(width) for width in form["widths"].split("-")] if form else []
    if not form or not all(0 < width <= MOST_UNITS for width in widths):
        raise UsageError(
            "the hidden layers of mlp cannot be read",
            found=f"mlp:{layers}",
            remedy=f"give widths of 1 to {MOST_UNITS:,} like mlp:512-256, or mlp:512-256,dropout=0.2",
        )
    dropout = float(form["dropout"] or 0)

    def build(classes: int) -> Any:
        from digitlab.models.mlp import mlp

        return mlp(classes, widths, dropout)

    title = f"multilayer perceptron, ReLU layers of {' and '.join(map(str, widths))}"
    return Recipe(title + (f", dropout {dropout:g}" if dropout else ""), TrainingConfig(), build)
