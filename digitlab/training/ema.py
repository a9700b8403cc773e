"""A second model of the same form that follows the one in training: it is what answers, is stored and is exported.

It computes in float32 where the training does in bfloat16, and its weights can be a running mean over the steps, which
are better than those of any one step (Polyak and Juditsky 1992, "Acceleration of stochastic approximation by
averaging").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from digitlab.config import TrainingConfig
from digitlab.training.step import TrainStep

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}  # as Keras calls them; each keeps weights in float32


class AveragedModel:
    """The model that is trained, and the one that follows it.

    Attributes:
        training_model: keras.Model, computing in the precision asked for.
        model: keras.Model in float32; `training_model` itself where float32 is trained without a mean.
    """

    def __init__(self, build: Callable[[], keras.Model], config: TrainingConfig) -> None:
        self._kept = config.averaging
        self._steps = tf.Variable(0.0, trainable=False, name="steps")
        self.training_model = self.model = _built(build, config.precision)
        if config.averaging or config.precision != "float32":
            self.model = _built(build, "float32")
            self.model.set_weights(self.training_model.get_weights())

    @property
    def variables(self) -> dict[str, list[Any]]:
        """What a checkpoint has to hold, by what it belongs to."""
        if self.model is self.training_model:
            return {"model": self.model.variables}
        return {"model": self.model.variables, "trained": self.training_model.variables, "averaging": [self._steps]}

    def following(self, step: TrainStep) -> TrainStep:
        """`step`, after which the model moves towards the trained one.

        What the mean keeps is averaging, and in the first steps no more than (1 + steps) / (10 + steps), so that the
        start weights are soon forgotten.
        """
        if self.model is self.training_model:
            return step
        pairs = [(mine.value, theirs.value) for mine, theirs in self._pairs()]

        def train_step(model: keras.Model, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            result = step(model, images, labels)
            kept = tf.minimum(self._kept, (1 + self._steps) / (10 + self._steps))
            for mine, theirs in pairs:
                mine.assign(kept * mine + (1 - kept) * theirs)
            self._steps.assign_add(1.0)
            return result

        return train_step

    def _pairs(self) -> list[tuple[Any, Any]]:
        """Weight by weight; dropout's seed states are no weights."""
        both = zip(self.model.variables, self.training_model.variables, strict=True)
        return [(mine, theirs) for mine, theirs in both if mine.dtype == "float32"]


def _built(build: Callable[[], keras.Model], precision: str) -> keras.Model:
    """A model made under Keras' policy for `precision`, which its layers keep."""
    keras.config.set_dtype_policy(POLICIES[precision])
    try:
        return build()
    finally:
        keras.config.set_dtype_policy("float32")
