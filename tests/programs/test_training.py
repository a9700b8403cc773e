"""What a person's program says of its training counts, through the public `digitlab.train`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import digitlab
from digitlab.data import synthetic
from digitlab.data.dataset import Dataset
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import EpochRecord, Run
from digitlab.training.listeners import Listener

PROGRAM = """
import keras
(x, y), _ = keras.datasets.mnist.load_data()
model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, activation="softmax")])
model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
model.fit(x.reshape(-1, 784) / 255.0, y, batch_size=50, epochs=4{})
"""
HALVED = ", callbacks=[keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * (0.5 if epoch else 1))]"
PLATEAU = ', callbacks=[keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=0, min_delta=9.0)]'


@pytest.fixture(scope="module")
def data() -> Dataset:
    return synthetic.generate(seed=1, train=1_200, test=200)


class Stop(Listener):
    """Ctrl-C after so many epochs."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs

    def epoch_ended(self, record: EpochRecord) -> None:
        if record.epoch == self._epochs:
            raise KeyboardInterrupt


def train(tmp_path: Path, data: Dataset, arguments: str, **options: Any) -> Run:
    path = tmp_path / "my_model.py"
    path.write_text(PROGRAM.format(arguments))
    usual: dict[str, Any] = {"listeners": (), "check": False, "report": False, "out": tmp_path / "runs"}
    return digitlab.train(str(path), data, **(usual | options))


def weights(run: Run) -> list[np.ndarray[Any, Any]]:
    with np.load(RunDirectory(run.path).checkpoint_file) as stored:
        return [stored[name] for name in sorted(stored.files)]


def test_batch_size_and_epochs_are_those_of_the_program(tmp_path: Path, data: Dataset) -> None:
    training = train(tmp_path, data, "").info.config.training
    assert (training.batch_size, training.epochs) == (50, 4)


def test_what_is_asked_for_counts_more(tmp_path: Path, data: Dataset) -> None:
    training = train(tmp_path, data, "", epochs=1).info.config.training
    assert (training.batch_size, training.epochs) == (50, 1)


def rate(run: Run) -> float:
    """The learning rate at the end: the second variable of Keras' optimizers."""
    with np.load(RunDirectory(run.path).checkpoint_file) as stored:
        return float(next(stored[name] for name in stored.files if name.endswith("learning_rate")))


@pytest.mark.parametrize(("callback", "last"), [(HALVED, 0.1 / 2**4), (PLATEAU, 0.1 / 2**3)])
def test_callbacks_set_the_rate_and_a_resumed_run_ends_the_same(
    callback: str, last: float, tmp_path: Path, data: Dataset
) -> None:
    whole = train(tmp_path, data, callback)
    assert rate(whole) == pytest.approx(last)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, data, callback, out=tmp_path / "cut", listeners=[Stop(2)])
    cut = next((tmp_path / "cut").iterdir())
    resumed = digitlab.resume(cut, data, listeners=(), report=False)
    for one, other in zip(weights(whole), weights(resumed), strict=True):
        np.testing.assert_array_equal(one, other)


def test_class_weights_count(tmp_path: Path, data: Dataset) -> None:
    """With all weight on one class, every digit is taken for it."""
    run = train(tmp_path, data, ", class_weight={number: float(number == 3) for number in range(10)}")
    answers = RunDirectory(run.path).predictions.probabilities.argmax(axis=1)
    assert (answers == 3).mean() > 0.9


def test_what_is_left_out_is_said(tmp_path: Path, data: Dataset) -> None:
    run = train(tmp_path, data, ", validation_split=0.1, callbacks=[keras.callbacks.EarlyStopping()]")
    assert run.info.dataset.notes[-2:] == (
        "not used in fit: validation_split, EarlyStopping",
        "digitlab validates on its own validation images",
    )
