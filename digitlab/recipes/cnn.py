"""Convolutional network: the lab after this one.

Command:   digitlab train cnn
"""

from __future__ import annotations

from typing import Any

from digitlab.config import TrainingConfig
from digitlab.images.spec import ImageSpec
from digitlab.recipes.recipe import Recipe


def _build(spec: ImageSpec, classes: int) -> Any:
    from digitlab.models.cnn import cnn

    return cnn(spec, classes)


RECIPE = Recipe(
    title="convolutional network, two convolutions with pooling and a hidden layer of 128",
    settings=TrainingConfig(epochs=6, batch_size=64, optimizer="adam", learning_rate=0.001),
    build=_build,
    cost="225,034 parameters; about a minute on 2 cores",
    expected="99.13 ± 0.05% (mean ± sd over 5 seeds, last epoch)",
)
