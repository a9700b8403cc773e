"""Convolutional network that reads digits as well as half an hour of training can make it.

Every image is turned, scaled, sheared and shifted anew at each visit; what answers is a running mean of the weights.
In bfloat16 where the processor has it.

Command:   digitlab train best
"""

from __future__ import annotations

from typing import Any

from digitlab.config import TrainingConfig
from digitlab.recipes.recipe import Recipe


def _build(classes: int) -> Any:
    from digitlab.models.best import best

    return best(classes)


RECIPE = Recipe(
    title="convolutional network for a training of half an hour",
    settings=TrainingConfig(
        epochs=30,
        batch_size=128,
        optimizer="adam",
        learning_rate=0.02,
        schedule="one-cycle",
        label_smoothing=0.1,
        averaging=0.999,
        augmentation="affine",
        precision="bfloat16",
    ),
    build=_build,
    image_shape=(28, 28, 1),
)
