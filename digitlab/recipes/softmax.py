"""Softmax regression: the model of the lab, with the lab's settings.

Command:   digitlab train softmax
"""

from __future__ import annotations

from typing import Any

from digitlab.config import TrainingConfig
from digitlab.images.spec import ImageSpec
from digitlab.recipes.recipe import Recipe


def network(_spec: ImageSpec, classes: int) -> Any:
    """Softmax regression: float32 [batch, values] in [0, 1] → probabilities float32 [batch, classes]."""
    from digitlab.models.softmax import SoftmaxRegression

    return SoftmaxRegression(classes)


RECIPE = Recipe(
    title="softmax regression, y = softmax(Wx + b)",
    settings=TrainingConfig(),  # the lab: 25 epochs, batches of 32, SGD with rate 0.01
    build=network,
    flat=True,
    most_threads=1,  # a step is so little work that to share it costs more than to do it
    cost="7,850 parameters; about 4 seconds of training, 9 with loading TensorFlow, on 2 cores",
    expected="92.04 ± 0.07% (mean ± sd over 5 seeds, last epoch)",
)
