"""Each observation on one tiny model, against a computation of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from digitlab.checker.observe.observations import Observations
from digitlab.checker.subject import Subject
from digitlab.data.dataset import Dataset

CROSS_ENTROPY = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
Observe = Callable[..., Observations]


@pytest.fixture
def observe(digits: Dataset) -> Iterator[Observe]:
    """A function from a model (and what trains it) to its observations, while its calls are recorded."""
    images = digits.train.images.reshape(-1, 784).astype(np.float32) / 255
    with ExitStack() as stack:

        def observed(model: Any, **parts: Any) -> Observations:
            data: dict[str, Any] = {"images": images, "step_images": images, "labels": digits.train.labels}
            unknown = dict.fromkeys(("loss", "optimizer", "step"))
            call = (lambda x, training: model(x, training=training)) if isinstance(model, keras.Model) else model
            given = data | unknown | {"whole_labels": True} | parts
            seen = Observations(Subject(model=model, call=call, classes=10, **given))
            stack.enter_context(seen.probe.recorder.installed())
            return seen

        yield observed


def network(*layers: keras.layers.Layer) -> keras.Sequential:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((784,)), *layers])


def dense(units: int = 10, **options: Any) -> keras.layers.Dense:
    return keras.layers.Dense(units, **options)


def first_images(seen: Observations, count: int) -> Any:
    return seen.subject.images[:count]


# Probe


def test_random_weights_are_restored(observe: Observe) -> None:
    model = network(dense())
    seen = observe(model)
    before = [weight.numpy() for weight in model.weights]
    with seen.probe.random_weights(3.0):
        kernel = model.weights[0].numpy()
        assert kernel.std() == pytest.approx(3.0 / 28, rel=0.05)
        with seen.probe.random_weights(3.0, times=2.0):
            assert np.allclose(model.weights[0].numpy(), 2 * kernel)
    assert all((one.numpy() == old).all() for one, old in zip(model.weights, before, strict=True))


def test_weights_are_also_variables_that_keras_does_not_know(observe: Observe) -> None:
    extra = tf.Variable(tf.zeros([784, 10]))

    def model(images: Any, training: bool) -> Any:
        return tf.matmul(images, extra)

    [weight] = observe(model).probe.weights
    assert weight is extra


def test_a_model_that_raises_predicts_nothing_and_the_error_is_kept(observe: Observe) -> None:
    def model(images: Any, training: bool) -> Any:
        raise ValueError("no such digit")

    seen = observe(model)
    assert seen.probe.predictions(2) is None
    assert str(seen.probe.failures["predictions"]) == "no such digit"


# Answers


def test_predictions_at_the_start(observe: Observe) -> None:
    model = network(dense())
    seen = observe(model)
    assert seen.answers.usable
    assert seen.answers.at_start is not None
    assert np.allclose(seen.answers.at_start, model(first_images(seen, 64)))
    assert not observe(network(dense(9))).answers.usable


def test_predictions_saturate_at_large_weights(observe: Observe) -> None:
    answers = observe(network(dense(activation="softmax"))).answers
    assert answers.random is not None
    assert answers.saturated is not None
    assert answers.saturated.max(axis=1).mean() > max(0.9, answers.random.max(axis=1).mean())


def test_dropout_shows_in_training_only(observe: Observe) -> None:
    answers = observe(network(keras.layers.Dropout(0.5), dense())).answers
    assert answers.in_training is not None
    assert answers.repeated is not None
    assert not np.array_equal(*answers.in_training)
    assert np.array_equal(*answers.repeated)


def test_the_other_images_of_a_batch(observe: Observe) -> None:
    def centred(images: Any, training: bool) -> Any:
        return tf.matmul(images - tf.reduce_mean(images, axis=0), weights)

    weights = tf.Variable(tf.ones([784, 10]))
    alone, in_batch = observe(network(dense())).answers, observe(centred).answers
    assert alone.in_two_batches is not None
    assert in_batch.in_two_batches is not None
    assert np.allclose(*alone.in_two_batches, atol=1e-4)
    assert not np.allclose(*in_batch.in_two_batches, atol=1e-2)


@pytest.mark.parametrize("units", [2, 20])
def test_the_rank_of_the_logits(units: int, observe: Observe) -> None:
    assert observe(network(dense(units), dense(activation="softmax"))).answers.rank == min(units, 9)


# Graph


def test_weighted_sums_and_what_enters_them(observe: Observe) -> None:
    seen = observe(network(keras.layers.Rescaling(4.0, -1.0), dense(5), dense()))
    operations = seen.graph.operations
    assert operations is not None
    assert [one.kernel for one in operations.weighted] == [(784, 5), (5, 10)]
    assert [(first.kernel, second.kernel) for first, second in operations.chains()] == [((784, 5), (5, 10))]
    images = first_images(seen, 64)
    assert seen.graph.input_range == pytest.approx((4 * images.min() - 1, 4 * images.max() - 1))
    [values] = seen.graph.values([operations.weighted[0].data], images)
    assert np.allclose(values, 4 * images - 1, atol=1e-6)


def test_a_relu_ends_a_chain_and_its_dead_units_are_counted(observe: Observe) -> None:
    bias = keras.initializers.Constant([-1e3] * 6 + [1e3] * 2)
    graph = observe(network(dense(8, activation="relu", bias_initializer=bias), dense())).graph
    assert graph.operations is not None
    assert list(graph.operations.chains()) == []
    assert graph.dead_units == [(0.75, 8)]


def test_weights_that_no_prediction_depends_on(observe: Observe) -> None:
    class Net(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.dropped, self.forgotten = dense(), dense(3), dense(3)

        def build(self, shape: tuple[int | None, ...]) -> None:
            for layer in (self.used, self.dropped, self.forgotten):
                layer.build(shape)

        def call(self, images: Any) -> Any:
            self.dropped(images)
            return self.used(images)

    model = Net()
    model(np.zeros((1, 784), np.float32))
    seen = observe(model)
    seen.probe.predictions(2)
    assert [tuple(one.shape) for one in seen.graph.idle_weights] == 2 * [(784, 3), (3,)]
    assert [seen.graph.is_called(one) for one in (model.used, model.dropped, model.forgotten)] == [True, True, False]


def test_variables_that_a_call_makes(observe: Observe) -> None:
    class Net(keras.Model):
        def call(self, images: Any) -> Any:
            return dense()(images)

    assert len(observe(Net()).graph.made_by_a_call) == 2
    assert observe(network(dense())).graph.made_by_a_call == []


def test_frozen_weights(observe: Observe) -> None:
    model = network(dense(5, trainable=False), dense())
    graph = observe(model).graph
    assert graph.operations is not None
    assert [graph.is_frozen(one.variable) for one in graph.operations.weighted] == [True, False]


# Steps


def test_steps_compute_the_loss_of_fit(observe: Observe) -> None:
    seen = observe(network(dense()), loss=CROSS_ENTROPY, optimizer=keras.optimizers.SGD(0.1))
    one = seen.steps.eager[0]
    assert one.loss == pytest.approx(float(CROSS_ENTROPY(one.labels, one.predictions)), rel=1e-5)
    probabilities = tf.nn.softmax(one.predictions).numpy()
    assert one.gradient is not None
    assert np.allclose(one.gradient, (probabilities - np.eye(10)[one.labels]) / len(one.labels), atol=1e-6)
    assert all(one.changed)
    assert len(seen.steps.as_run) == 8
    assert seen.steps.loss_as_run is not None
    assert seen.steps.loss_eagerly is not None
    assert {seen.steps.loss_as_run.hypothesis, seen.steps.loss_eagerly.hypothesis} == {"right"}
    assert seen.steps.predict_as_in_inference


def test_a_step_in_training_mode_predicts_differently(observe: Observe) -> None:
    seen = observe(network(keras.layers.Dropout(0.5), dense()), loss=CROSS_ENTROPY)
    assert seen.steps.eager
    assert not seen.steps.predict_as_in_inference


def test_weights_that_a_step_leaves_out(observe: Observe) -> None:
    model = network(dense(5), dense())

    def step(images: Any, labels: Any) -> None:
        with tf.GradientTape() as tape:
            loss = CROSS_ENTROPY(labels, model(images))
        gradients = tape.gradient(loss, model.trainable_variables[2:])
        for gradient, weight in zip(gradients, model.trainable_variables[2:], strict=True):
            weight.assign_sub(0.1 * gradient)

    assert observe(model, step=step).steps.eager[0].changed == (False, False, True, True)


def test_a_step_that_raises(observe: Observe) -> None:
    def step(images: Any, labels: Any) -> None:
        model(images)
        raise ValueError("stopped")

    model = network(dense())
    seen = observe(model, step=step)
    assert seen.steps.eager == []
    assert seen.steps.failed is not None
    assert seen.steps.failed.outputs is not None
    assert str(seen.probe.failures["step"]) == "stopped"


def test_the_form_of_the_labels(observe: Observe) -> None:
    one_hot = keras.losses.CategoricalCrossentropy(from_logits=True)
    assert observe(network(dense()), loss=CROSS_ENTROPY, whole_labels=None).steps.whole_labels
    assert not observe(network(dense()), loss=one_hot, whole_labels=None).steps.whole_labels
    assert observe(network(dense()), loss=CROSS_ENTROPY).steps.refused_labels is None
    refused = observe(network(dense()), loss=one_hot).steps.refused_labels
    assert refused is not None
    assert "must have the same rank" in refused


def test_the_learning_rate_is_found_changed_and_restored(observe: Observe) -> None:
    steps = observe(network(dense()), loss=CROSS_ENTROPY, optimizer=keras.optimizers.SGD(0.001)).steps
    assert steps.rate is not None
    assert steps.rate.value == pytest.approx(0.001)
    assert steps.rate.text == "SGD(learning_rate=0.001)"
    with steps.rate.multiplied(5):
        assert float(steps.optimizer.learning_rate) == pytest.approx(0.005)
    with steps.noticeable_rate():
        assert float(steps.optimizer.learning_rate) == pytest.approx(0.01)
    assert float(steps.optimizer.learning_rate) == pytest.approx(0.001)
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    scheduled = observe(network(dense()), loss=CROSS_ENTROPY, optimizer=keras.optimizers.SGD(schedule))
    assert scheduled.steps.rate is None


# Learning


def test_the_first_loss_is_that_of_chance_for_weights_at_zero(observe: Observe) -> None:
    learning = observe(network(dense(kernel_initializer="zeros")), loss=CROSS_ENTROPY).learning
    assert learning.chance == pytest.approx(math.log(10))
    assert learning.first_cross_entropy == pytest.approx(math.log(10), rel=1e-5)
    assert learning.first_predictions is not None
    assert learning.first_predictions.shape == (256, 10)


def test_gradients_shrink_through_sigmoids(observe: Observe) -> None:
    hidden = [dense(16, activation="sigmoid") for _ in range(4)]
    sizes = observe(network(*hidden, dense()), loss=CROSS_ENTROPY).learning.gradient_sizes
    assert sizes is not None
    assert len(sizes) == 5
    assert 0 < sizes[0] < 0.1 * sizes[-1]


def test_units_that_stay_equal(observe: Observe) -> None:
    constant = keras.initializers.Constant(0.01)
    same = network(dense(16, kernel_initializer=constant), dense(kernel_initializer="zeros"))
    assert observe(same, loss=CROSS_ENTROPY).learning.identical_units == [(784, 16)]
    assert observe(network(dense(16), dense()), loss=CROSS_ENTROPY).learning.identical_units == []


def test_a_short_fit_learns_at_a_good_rate_only_and_leaves_no_trace(observe: Observe) -> None:
    model = network(dense(32, activation="relu"), dense())
    before = [weight.numpy() for weight in model.weights]
    learning = observe(model, loss=CROSS_ENTROPY, optimizer=keras.optimizers.Adam(0.001)).learning
    good, slow = learning.overfit, learning.overfit_at(1e-6)
    assert good is not None
    assert slow is not None
    assert good.finite
    assert good.fall > 0.3
    assert good.end > max(0.7, good.start)
    assert abs(slow.fall) < 0.01
    assert all((one.numpy() == old).all() for one, old in zip(model.weights, before, strict=True))
