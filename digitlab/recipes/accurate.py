"""Convolutional network that reads 99.67% after a minute.

Every image is turned, scaled, sheared and shifted anew at each visit; what answers is a running mean of the weights.
In bfloat16 where the processor has it.

Command:   digitlab train accurate
"""

from __future__ import annotations

from itertools import chain
from typing import Any

from digitlab.config import TrainingConfig
from digitlab.images.spec import ImageSpec
from digitlab.recipes.recipe import Recipe


def network(
    spec: ImageSpec, classes: int, *, channels: tuple[int, int, int, int] = (32, 64, 96, 96), name: str = "accurate"
) -> Any:
    """Four blocks with these channels, then global average pooling.

    The comments tell the shapes of 28×28 images; larger ones get more of the second stage (`models.pooling`).

    Returns:
        float32 [batch, height, width, channels] in [0, 1] → probabilities float32 [batch, classes].
    """
    import keras
    from keras import layers

    from digitlab.models.block import block
    from digitlab.models.pooling import halvings, padding

    first, second, third, last = channels
    more = (second, third, third, third)[: halvings(spec) - 1]
    return keras.Sequential(
        [
            layers.Input((spec.height, spec.width, spec.channels)),
            *block(first, 5, pool=True),  # [14, 14, first]
            *chain.from_iterable(block(many, pool=True) for many in more),  # [7, 7, second]
            *block(third),  # [7, 7, third]
            *block(last, padding=padding(spec)),  # [5, 5, last]
            layers.GlobalAveragePooling2D(),  # [last]
            layers.Dense(classes),
            layers.Softmax(dtype="float32"),
        ],
        name=name,
    )


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
    build=network,
    cost="159,594 parameters; 64 seconds of one core with AVX512_BF16",
    expected="99.67 ± 0.03% (mean ± sd over 10 seeds, last epoch)",
)
