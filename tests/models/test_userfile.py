"""Every form of file that students have: loaded, and trained for one compiled epoch."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from digitlab.data.dataset import Dataset, Split
from digitlab.models.userfile import TrainStep, UserModel, load_user_model
from digitlab.training.epoch import CompiledEpoch, CompiledEvaluation, ResidentSplit, Score, gradient_step
from digitlab.training.plan import epoch_order

FILES = Path(__file__).parent / "files"
EXAMPLES = Path(__file__).parents[2] / "examples"
FORMS = sorted(path.stem for path in FILES.glob("*.py"))


@pytest.fixture(scope="module")
def few(digits: Dataset) -> Split:
    """200 digits."""
    return digits.train.take(np.arange(200))


def loaded(name: str, few: Split) -> UserModel:
    keras.utils.set_random_seed(3)
    return load_user_model(str(FILES / f"{name}.py"), few, 10)


def with_predictions(step: TrainStep) -> TrainStep:
    """A step that returns a number of recognised images gives as many right predictions instead."""

    def train_step(model: Any, images: Any, labels: Any) -> Any:
        loss, answer = step(model, images, labels)
        if answer.shape.rank == 0:
            right = tf.range(tf.shape(labels)[0]) < answer
            answer = tf.where(right[:, None], labels, tf.roll(labels, 1, axis=1))
        return loss, answer

    return train_step


def epoch_of(user: UserModel, few: Split, epochs: int = 1) -> tuple[Score, Score, Score]:
    """Scores of all images before and after, and of the last epoch while it went on."""
    resident = ResidentSplit(few, 10, user.input_shape)
    evaluation = CompiledEvaluation(user.model, user.loss)
    before, _ = evaluation.run(resident)
    step = user.train_step or gradient_step(user.loss, user.optimizer)
    runner = CompiledEpoch(user.model, with_predictions(step), resident, 20)
    for epoch in range(1, epochs + 1):
        meanwhile = runner.run(epoch_order(len(few), 0, epoch), lambda done, steps: None)
    return before, meanwhile, evaluation.run(resident)[0]


@pytest.mark.parametrize("name", FORMS)
def test_each_form_learns_in_one_compiled_epoch(name: str, few: Split) -> None:
    before, meanwhile, after = epoch_of(loaded(name, few), few)
    assert after.loss < 0.97 * before.loss
    assert after.loss < meanwhile.loss < before.loss + 0.5
    assert 0.1 < meanwhile.accuracy < 0.9


@pytest.mark.parametrize(
    ("name", "shape", "model", "logits", "own_step"),
    [
        ("build_cnn", (28, 28, 1), "build_model", True, False),
        ("own_method", (28, 28), "model", False, True),
        ("own_step", (784,), "Softmax", False, True),
        ("quickstart", (28, 28, 1), "model", True, True),
        ("sequential_fit", (784,), "model", False, False),
        ("sparse_labels", (784,), "model", True, True),
        ("subclass", (784,), "TwoLayers", False, False),
        ("tape_loop", (784,), "model", False, True),
    ],
)
def test_what_is_found(name: str, shape: Any, model: str, logits: bool, own_step: bool, few: Split) -> None:
    user = loaded(name, few)
    assert (user.input_shape, user.name, user.gives_logits) == (shape, model, logits)
    assert (user.train_step is not None) == own_step
    assert user.source == user.path.read_bytes()
    assert user.path.read_text().splitlines()[(user.line or 0) - 1].split("(")[0].split(" =")[0].endswith(model)


@pytest.mark.parametrize("name", ["mnist_softmax", "mnist_fit"])
def test_the_labs_own_scripts_are_taken(name: str, few: Split) -> None:
    keras.utils.set_random_seed(3)
    user = load_user_model(str(EXAMPLES / f"{name}.py"), few, 10)
    before, _, after = epoch_of(user, few, epochs=3)
    assert after.loss < before.loss


def test_figures_from_metrics_are_those_of_the_plain_step(few: Split) -> None:
    """A step that returns nothing, against the same arithmetic written with `gradient_step`."""
    user = loaded("tape_loop", few)
    start = user.model.get_weights()
    _, kept, _ = epoch_of(user, few, epochs=2)
    trained = user.model.get_weights()
    user.model.set_weights(start)
    step = gradient_step(keras.losses.CategoricalCrossentropy(), keras.optimizers.SGD(0.1))
    runner = CompiledEpoch(user.model, step, ResidentSplit(few, 10), 20)
    for epoch in (1, 2):
        plain = runner.run(epoch_order(len(few), 0, epoch), lambda done, steps: None)
    assert kept == pytest.approx(plain, abs=1e-5)
    for one, other in zip(trained, user.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_the_accuracy_of_a_step_that_returns_the_loss_alone_is_asked_of_the_model(few: Split) -> None:
    user = loaded("sparse_labels", few)
    kernel, bias = user.model.get_weights()
    images = few.images[:50].reshape(-1, 784) / np.float32(255)
    right = ((images @ kernel + bias).argmax(axis=1) == few.labels[:50]).sum()
    assert user.train_step is not None
    _, predictions = user.train_step(user.model, tf.constant(images), tf.one_hot(few.labels[:50], 10))
    assert (np.argmax(predictions, axis=1) == few.labels[:50]).sum() == right


@pytest.mark.parametrize("name", ["quickstart", "sequential_fit", "own_step"])
def test_loading_leaves_no_trace(name: str, few: Split) -> None:
    user = loaded(name, few)
    if user.optimizer is not None:
        assert int(user.optimizer.iterations) == 0
        assert all(not np.any(variable) for variable in user.optimizer.variables[2:])
    assert [int(variable) for variable in user.extra_variables if variable.dtype == tf.int32] in ([], [0])
    same = loaded(name, few)
    for one, other in zip(user.model.variables, same.model.variables, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_process_is_as_it_was(few: Split, capsys: pytest.CaptureFixture[str]) -> None:
    load_data, path, arguments = keras.datasets.mnist.load_data, list(sys.path), list(sys.argv)
    random.seed(1)
    loaded("sequential_fit", few)
    random.seed(1)
    first = random.random()
    random.seed(1)
    load_user_model(str(FILES / "subclass.py"), few, 10)
    assert random.random() == first
    assert (keras.datasets.mnist.load_data, sys.path, sys.argv) == (load_data, path, arguments)
    assert capsys.readouterr() == ("", "")


def test_a_model_that_is_fed_grey_levels_gets_them(few: Split) -> None:
    user = loaded("own_method", few)
    images = few.images[:5]
    np.testing.assert_allclose(user.model(images / np.float32(255)), user.inner(images.astype(np.float32)), atol=1e-6)
    assert user.notes == ("the file feeds its model pixels from 0 to 255; digitlab scales them so",)


def test_a_seed_in_the_file_gives_way_to_the_runs(few: Split) -> None:
    weights = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        user = load_user_model(str(FILES / "sequential_fit.py"), few, 10)
        weights.append(user.model.get_weights()[0])
    assert not np.array_equal(*weights)
    assert user.notes == ("line 8 of the file was left out (keras.utils.set_random_seed(42)): the run's seed counts",)
