"""Convolutional network that reads 99.67% after a minute.

Every image is turned, scaled, sheared and shifted anew at each visit; what answers is a running mean of the weights.
In bfloat16 where the processor has it.

Command:   digitlab train accurate
"""

from __future__ import annotations

from typing import Any

from digitlab.config import TrainingConfig
from digitlab.images.spec import ImageSpec
from digitlab.recipes.recipe import Recipe


def _build(spec: ImageSpec, classes: int) -> Any:
    from digitlab.models.accurate import accurate

    return accurate(spec, classes)


RECIPE = Recipe(
    title="convolutional network for a training of minutes",
    settings=TrainingConfig(
        epochs=5,
        batch_size=128,
        optimizer="muon",
        learning_rate=0.01,
        schedule="one-cycle",
        label_smoothing=0.1,
        averaging=0.99,
        augmentation="affine",
        precision="bfloat16",
    ),
    build=_build,
    cost="159,594 parameters; 64 seconds of one core with AVX512_BF16",
    expected="99.67 ± 0.03% (mean ± sd over 10 seeds, last epoch)",
)
