"""Convolutional network that reads 99.75% after minutes.

Every image is turned, scaled, sheared and shifted anew at each visit; what answers is a running mean of the weights.
In bfloat16 where the processor has it.

Command:   digitlab train best
"""

from __future__ import annotations

from typing import Any

from digitlab.config import TrainingConfig
from digitlab.images.spec import ImageSpec
from digitlab.recipes.recipe import Recipe


def _build(spec: ImageSpec, classes: int) -> Any:
    from digitlab.models.best import best

    return best(spec, classes)


RECIPE = Recipe(
    title="convolutional network for a training of some minutes",
    settings=TrainingConfig(
        epochs=10,
        batch_size=128,
        optimizer="muon",
        learning_rate=0.01,
        schedule="one-cycle",
        label_smoothing=0.1,
        averaging=0.999,
        augmentation="affine",
        precision="bfloat16",
    ),
    build=_build,
    cost="289,066 parameters; 311 seconds of one core with AVX512_BF16",
    expected="99.75 ± 0.02% (mean ± sd over 6 networks, last epoch)",
)
