"""Softmax regression: the model of the lab, with the lab's settings.

Command:   digitlab train softmax
Cost:      to be measured
Expected:  to be measured
"""

from __future__ import annotations

from typing import Any

from digitlab.config import TrainingConfig
from digitlab.recipes.recipe import Recipe


def _build(classes: int) -> Any:
    from digitlab.models.softmax import SoftmaxRegression

    return SoftmaxRegression(classes)


RECIPE = Recipe(
    title="softmax regression, y = softmax(Wx + b)",
    settings=TrainingConfig(),  # the lab: 25 epochs, batches of 32, SGD with rate 0.01
    build=_build,
)
