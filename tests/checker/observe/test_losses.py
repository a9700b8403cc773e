"""Which loss it is, found from its values: against the losses of Keras and TensorFlow themselves."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from digitlab.checker.observe.losses import LossMatch, explain

CCE, SCCE = keras.losses.CategoricalCrossentropy, keras.losses.SparseCategoricalCrossentropy


def fitted(loss: Callable[..., object], *, probabilities: bool, one_hot: bool, seed: int = 0) -> LossMatch | None:
    """What `explain` says of a loss on eight batches of random answers."""
    generator = np.random.default_rng(seed)
    predictions, labels, losses = [], [], []
    for _ in range(8):
        logits = generator.normal(0, 2, (24, 10)).astype(np.float32)
        rows = tf.nn.softmax(logits).numpy() if probabilities else logits
        numbers = generator.integers(0, 10, 24)
        fed = np.eye(10, dtype=np.float32)[numbers] if one_hot else numbers
        predictions.append(rows.astype(np.float64))
        labels.append(numbers)
        losses.append(float(tf.reduce_mean(loss(tf.constant(fed), tf.constant(rows)))))
    return explain(predictions, labels, losses)


def named(match: LossMatch | None) -> str | None:
    return None if match is None else match.hypothesis


@pytest.mark.parametrize("seed", range(3))
def test_keras_losses(seed: int) -> None:
    assert named(fitted(CCE(), probabilities=True, one_hot=True, seed=seed)) == "right"
    assert named(fitted(SCCE(), probabilities=True, one_hot=False, seed=seed)) == "right"
    assert named(fitted(CCE(from_logits=True), probabilities=False, one_hot=True, seed=seed)) == "right"
    assert named(fitted(CCE(from_logits=True), probabilities=True, one_hot=True, seed=seed)) == "softmax-twice"
    assert named(fitted(SCCE(from_logits=True), probabilities=True, one_hot=False, seed=seed)) == "softmax-twice"
    assert named(fitted(CCE(), probabilities=False, one_hot=True, seed=seed)) == "logits-as-probabilities"
    assert named(fitted(SCCE(), probabilities=False, one_hot=False, seed=seed)) == "logits-as-probabilities"


@settings(max_examples=20)
@given(smoothing=st.floats(0, 0.3), factor=st.floats(0.01, 100), rest=st.floats(0, 10))
def test_smoothing_a_factor_and_a_rest_change_nothing(smoothing: float, factor: float, rest: float) -> None:
    def loss(labels: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        return factor * CCE(label_smoothing=smoothing)(labels, rows) + rest

    fit = fitted(loss, probabilities=True, one_hot=True)
    assert named(fit) == "right"
    assert fit is not None
    assert fit.factor == pytest.approx(factor * (1 - smoothing), rel=0.02)


def test_labels_moved() -> None:
    def shifted(labels: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        return CCE()(tf.roll(labels, 1, axis=1), rows)

    def rolled(labels: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        return CCE()(tf.roll(labels, 1, axis=0), rows)

    fit = fitted(shifted, probabilities=True, one_hot=True)
    assert named(fit) == "labels-shifted"
    assert fit is not None
    assert fit.shift == 1
    assert named(fitted(rolled, probabilities=True, one_hot=True)) == "labels-misaligned"


def test_another_loss_is_not_explained() -> None:
    assert fitted(keras.losses.MeanSquaredError(), probabilities=True, one_hot=True) is None
    assert fitted(keras.losses.CategoricalFocalCrossentropy(), probabilities=True, one_hot=True) is None
    assert fitted(lambda labels, rows: tf.constant(1.0), probabilities=True, one_hot=True) is None


def test_labels_first() -> None:
    assert named(fitted(lambda y, p: CCE()(p, y), probabilities=True, one_hot=True)) == "arguments-swapped"
