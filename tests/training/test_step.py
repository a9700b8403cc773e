"""The compiled epoch against the lab's own loop, written here a second time with plain TensorFlow."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.data.dataset import Dataset, Split
from digitlab.models.softmax import SoftmaxRegression
from digitlab.training import plan
from digitlab.training.step import CompiledEpoch, CompiledEvaluation, ResidentSplit, Score, gradient_step

BATCH, RATE = 32, 0.1


def a_model() -> keras.Model:
    keras.utils.set_random_seed(7)
    model = SoftmaxRegression()
    model(np.zeros((1, 784), np.float32))
    return model


def train_with_digitlab(part: Split, order: NDArray[np.int32]) -> tuple[keras.Model, Score]:
    model = a_model()
    step = gradient_step(keras.losses.CategoricalCrossentropy(), keras.optimizers.SGD(RATE))
    score = CompiledEpoch(model, step, ResidentSplit(part, 10), BATCH).run(order, lambda done, steps: None)
    return model, score


def train_as_the_lab_does(part: Split, order: NDArray[np.int32]) -> tuple[keras.Model, Score]:
    model, optimizer = a_model(), keras.optimizers.SGD(RATE)
    loss_object = keras.losses.CategoricalCrossentropy()
    train_loss, train_accuracy = keras.metrics.Mean(), keras.metrics.CategoricalAccuracy()
    images = part.images.reshape(-1, 784) / 255.0
    labels = tf.one_hot(part.labels, depth=10)
    for first in range(0, len(order), BATCH):
        batch = order[first : first + BATCH]
        x, y = tf.constant(images[batch], tf.float32), tf.gather(labels, batch)
        with tf.GradientTape() as tape:
            predictions = model(x)
            loss = loss_object(y, predictions)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        train_loss(loss)
        train_accuracy(y, predictions)
    return model, Score(float(train_loss.result()), float(train_accuracy.result()))


def test_an_epoch_gives_the_weights_and_figures_of_the_labs_loop(digits: Dataset) -> None:
    part = digits.train.take(np.arange(590))  # 18 whole batches and one of 14
    order = plan.epoch_order(590, seed=0, epoch=1)
    (ours, our_score), (theirs, their_score) = train_with_digitlab(part, order), train_as_the_lab_does(part, order)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=0, atol=1e-5)
    assert our_score == pytest.approx(their_score, abs=1e-5)


def test_the_cut_into_calls_changes_no_bit(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    order = plan.epoch_order(len(digits.train), seed=0, epoch=1)
    whole, score = train_with_digitlab(digits.train, order)
    monkeypatch.setattr(plan, "STEPS_OF_FIRST_CALL", 1)
    monkeypatch.setattr(plan, "SECONDS_A_CALL", 1e-6)  # one step a call
    cut, cut_score = train_with_digitlab(digits.train, order)
    assert score == cut_score
    for one, other in zip(whole.get_weights(), cut.get_weights(), strict=True):
        assert one.tobytes() == other.tobytes()


def test_progress_is_told_up_to_the_last_step(digits: Dataset) -> None:
    seen: list[tuple[int, int]] = []
    step = gradient_step(keras.losses.CategoricalCrossentropy(), keras.optimizers.SGD(RATE))
    runner = CompiledEpoch(a_model(), step, ResidentSplit(digits.train, 10), BATCH)
    runner.run(plan.epoch_order(600, 0, 1), lambda done, steps: seen.append((done, steps)))
    assert seen == sorted(seen)
    assert seen[-1] == (19, 19)


def test_a_step_of_ones_own_is_compiled_into_the_epoch(digits: Dataset) -> None:
    counter = tf.Variable(0)

    def train_step(model: keras.Model, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        counter.assign_add(tf.shape(images)[0])
        predictions = model(images)
        return tf.reduce_mean(keras.losses.categorical_crossentropy(labels, predictions)), predictions

    model = a_model()
    before = model.get_weights()
    CompiledEpoch(model, train_step, ResidentSplit(digits.train, 10), BATCH).run(
        plan.epoch_order(600, 0, 1), lambda done, steps: None
    )
    assert int(counter) == 600
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_evaluation_equals_numpy(held_out: Split) -> None:
    model = a_model()
    kernel, bias = model.get_weights()
    evidence = held_out.images.reshape(-1, 784) / 255.0 @ kernel.astype(np.float64) + bias
    expected = np.exp(evidence) / np.exp(evidence).sum(axis=1, keepdims=True)
    score, probabilities = CompiledEvaluation(model, keras.losses.CategoricalCrossentropy()).run(
        ResidentSplit(held_out, 10)
    )
    np.testing.assert_allclose(probabilities, expected, atol=1e-6)
    right = expected[np.arange(200), held_out.labels]
    assert score.loss == pytest.approx(-np.log(right).mean(), abs=1e-5)
    assert score.accuracy == (expected.argmax(axis=1) == held_out.labels).mean()


def test_a_regularizer_of_the_model_counts(digits: Dataset) -> None:
    model = keras.Sequential([keras.layers.Input((784,)), keras.layers.Dense(10, "softmax", kernel_regularizer="l2")])
    step = gradient_step(keras.losses.CategoricalCrossentropy(), keras.optimizers.SGD(0.0))
    data = ResidentSplit(digits.train, 10)
    plain, _ = CompiledEvaluation(model, keras.losses.CategoricalCrossentropy()).run(data)
    score = CompiledEpoch(model, step, data, 600).run(plan.epoch_order(600, 0, 1), lambda done, steps: None)
    assert score.loss == pytest.approx(plain.loss + 0.01 * float((model.get_weights()[0] ** 2).sum()), rel=1e-4)


def test_a_shorter_last_batch_is_evaluated_too(digits: Dataset) -> None:
    model, loss = a_model(), keras.losses.CategoricalCrossentropy()
    many = digits.train.take(np.arange(1_234) % 600)
    score, answers = CompiledEvaluation(model, loss).run(ResidentSplit(many, 10))
    once = np.asarray(model(many.images.reshape(-1, 784) / np.float32(255)))
    np.testing.assert_allclose(answers, once, atol=1e-6)
    assert score.loss == pytest.approx(-np.log(once[np.arange(1_234), many.labels]).mean(), rel=1e-4)
