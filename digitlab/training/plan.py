"""What an epoch will do, decided before it runs: the order of the images, and how many steps a call."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitlab.config import TrainingConfig

# A compiled call cannot be interrupted, so none may last much longer than this.
SECONDS_A_CALL = 0.5
STEPS_OF_FIRST_CALL = 32


def epoch_order(images: int, seed: int, epoch: int) -> NDArray[np.int32]:
    """The order in which `images` images are visited in `epoch`: int32 [images].

    Drawn from (seed, epoch) alone, so that a resumed training sees the same order as one that never stopped.
    """
    return np.random.default_rng([seed, epoch]).permutation(images).astype(np.int32)


def step_count(images: int, batch_size: int) -> int:
    """How many batches hold `images` images; the last may be smaller."""
    return -(-images // batch_size)


def total_steps(config: TrainingConfig, images: int) -> int:
    """How many steps a training on `images` images has."""
    return config.epochs * step_count(images, min(config.batch_size, images))


def settling_step(config: TrainingConfig, images: int) -> int:
    """The step from which on the rate is a tenth, the first being 0."""
    return total_steps(config, images) * max(0, config.epochs - config.settling) // config.epochs


class Pace:
    """Chooses how many steps one compiled call does, from how long the last one took."""

    def __init__(self) -> None:
        self._steps = STEPS_OF_FIRST_CALL

    def next(self, remaining: int) -> int:
        """How many of the `remaining` steps to do in the next call."""
        return min(self._steps, remaining)

    def took(self, steps: int, seconds: float) -> None:
        """Take note that `steps` steps lasted `seconds`."""
        self._steps = max(1, int(steps * SECONDS_A_CALL / max(seconds, 1e-6)))
