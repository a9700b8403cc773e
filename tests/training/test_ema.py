from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from digitlab.config import TrainingConfig
from digitlab.training.ema import AveragedModel

STEPS = 30


def build() -> keras.Model:
    return keras.Sequential(
        [keras.layers.Input((4,)), keras.layers.Dense(3), keras.layers.Dropout(0.5), keras.layers.Softmax()]
    )


def doubling(model: keras.Model, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """A step whose weights are known: each is one more than before."""
    for variable in model.trainable_variables:
        variable.assign_add(tf.ones_like(variable))
    return tf.constant(0.0), labels


def followed(averaged: AveragedModel, steps: int) -> None:
    step = tf.function(averaged.following(doubling))
    for _ in range(steps):
        step(averaged.training_model, tf.zeros([1, 4]), tf.zeros([1, 3]))


def test_without_need_there_is_no_twin() -> None:
    averaged = AveragedModel(build, TrainingConfig())
    assert averaged.model is averaged.training_model
    assert averaged.following(doubling) is doubling
    assert set(averaged.variables) == {"model"}


def test_the_mean_is_that_of_numpy() -> None:
    averaged = AveragedModel(build, TrainingConfig(averaging=0.9))
    bias = np.zeros(3)
    followed(averaged, STEPS)
    for step in range(STEPS):
        kept = min(0.9, (1 + step) / (10 + step))
        bias = kept * bias + (1 - kept) * (step + 1)
    np.testing.assert_allclose(averaged.model.get_weights()[1], bias, rtol=1e-5)
    np.testing.assert_allclose(averaged.training_model.get_weights()[1], STEPS)


def test_in_bfloat16_the_twin_has_the_same_weights_and_answers_in_float32() -> None:
    averaged = AveragedModel(build, TrainingConfig(precision="bfloat16"))
    followed(averaged, 3)
    for mine, theirs in zip(averaged.model.get_weights(), averaged.training_model.get_weights(), strict=True):
        assert mine.dtype == theirs.dtype
        assert np.array_equal(mine, theirs)
    images = np.random.default_rng(0).random((5, 4), np.float32)
    assert averaged.model(images).dtype == "float32"
    assert averaged.training_model(images).dtype == "bfloat16"
    assert build().dtype == "float32"


@pytest.mark.parametrize("changed", [{"averaging": 0.5}, {"precision": "bfloat16"}])
def test_a_checkpoint_holds_both_and_how_far_they_are(changed: dict[str, float]) -> None:
    averaged = AveragedModel(build, TrainingConfig().model_copy(update=changed))
    followed(averaged, 2)
    assert set(averaged.variables) == {"model", "trained", "averaging"}
    assert [float(variable) for variable in averaged.variables["averaging"]] == [2]
