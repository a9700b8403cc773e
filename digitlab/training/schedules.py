"""The learning rate over a whole training, from the first step to the last."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from digitlab.config import TrainingConfig
from digitlab.errors import UsageError
from digitlab.training.plan import settling_step, total_steps

RISE = 0.2  # the share of the steps in which one cycle comes to its highest rate


def rate_of(training: TrainingConfig, rate: float, images: int) -> Any:
    """What an optimizer takes as its learning rate, for a training on `images` images: a number or a schedule.

    Raises:
        UsageError: one cycle is to settle, which it does by itself.
    """
    if training.schedule == "constant":
        last = settling_step(training, images) - 1  # with the whole rate
        settles = keras.optimizers.schedules.PiecewiseConstantDecay
        return settles([last], [rate, rate / 10]) if training.settling else rate
    if training.settling:
        raise UsageError(
            "one cycle ends at a rate of nothing and cannot settle",
            found=f"schedule={training.schedule}, settling={training.settling}",
            remedy="leave settling out, or take schedule=constant",
        )
    return OneCycle(rate, total_steps(training, images))


@keras.saving.register_keras_serializable(package="digitlab")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """A straight line up from 0 to `peak`, and a longer one down to 0 at the end of the last step.

    Smith and Topin 2017, "Super-convergence"; the form with straight lines and no momentum cycle.
    """

    def __init__(self, peak: float, steps: int) -> None:
        self.peak = peak
        self.steps = steps

    def __call__(self, step: Any) -> tf.Tensor:
        """The rate of the step that comes after `step` others: float32, a scalar."""
        gone = (tf.cast(step, tf.float32) + 0.5) / self.steps
        return self.peak * tf.minimum(gone / RISE, (1 - gone) / (1 - RISE))

    def get_config(self) -> dict[str, Any]:
        """What Keras needs to make it again."""
        return {"peak": self.peak, "steps": self.steps}
