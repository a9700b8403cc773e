from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import keras
import pytest

from digitlab.config import RunConfig
from digitlab.runs.controls import Controls, read_progress, write_controls
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import DatasetInfo, EpochRecord, RateChange, RunInfo
from digitlab.training.steering import Steering

RECORD = EpochRecord(epoch=1, train_loss=1, train_accuracy=0, valid_loss=1, valid_accuracy=0, seconds=1)


@pytest.fixture
def directory(tmp_path: Path) -> RunDirectory:
    info = RunInfo(
        config=RunConfig(recipe="softmax", data="mnist"),
        dataset=DatasetInfo(name="mnist", sha256="", train=1, validation=1, test=1, class_names=("0", "1")),
        model="softmax regression",
        parameters=1,
        started="2026-11-23T20:15:02+00:00",
        status="running",
        versions={},
        machine={},
    )
    return RunDirectory.create(tmp_path, "run", info)


def wait_for(there: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not there():
        assert time.monotonic() < until
        time.sleep(0.01)


def paused(directory: RunDirectory) -> bool:
    progress = read_progress(directory.path)
    return progress is not None and progress.paused


def test_a_training_that_nobody_steers_goes_on(directory: RunDirectory) -> None:
    steering = Steering(directory, None, 3)
    steering.stepped(4, 10, 20)
    progress = read_progress(directory.path)
    assert progress is not None
    assert (progress.epochs, progress.paused, progress.learning_rate) == (3, False, None)


def test_what_an_earlier_training_was_asked_for_is_forgotten(directory: RunDirectory) -> None:
    write_controls(directory.path, Controls(stop=True))
    Steering(directory, None, 0).stepped(1, 1, 20)


def test_a_pause_lasts_until_it_is_taken_back(directory: RunDirectory) -> None:
    steering = Steering(directory, None, 0)
    write_controls(directory.path, Controls(pause_after=0))
    training = threading.Thread(target=steering.stepped, args=(1, 5, 20))
    training.start()
    wait_for(lambda: paused(directory))
    progress = read_progress(directory.path)
    assert progress is not None
    assert (progress.epochs, progress.done, progress.steps) == (0, 5, 20)
    write_controls(directory.path, Controls())
    training.join(10)
    assert not training.is_alive()
    assert not paused(directory)


def test_one_epoch_more_is_a_pause_after_it(directory: RunDirectory) -> None:
    steering = Steering(directory, None, 0)
    write_controls(directory.path, Controls(pause_after=1))
    steering.stepped(1, 20, 20)
    training = threading.Thread(target=steering.epoch_ended, args=(RECORD,))
    training.start()
    wait_for(lambda: paused(directory))
    write_controls(directory.path, Controls(pause_after=2))
    training.join(10)
    assert not training.is_alive()


def test_another_rate_is_taken_and_written_down(directory: RunDirectory) -> None:
    optimizer = keras.optimizers.SGD(0.01)
    steering = Steering(directory, optimizer, 0)
    write_controls(directory.path, Controls(learning_rate=0.5))
    steering.stepped(1, 5, 20)
    steering.stepped(1, 6, 20)
    assert float(optimizer.learning_rate) == 0.5
    assert directory.info.rate_changes == (RateChange(epoch=1, learning_rate=0.5),)


def test_a_rate_with_a_plan_of_its_own_stays(directory: RunDirectory) -> None:
    optimizer = keras.optimizers.SGD(keras.optimizers.schedules.PiecewiseConstantDecay([5], [0.1, 0.01]))
    steering = Steering(directory, optimizer, 0)
    write_controls(directory.path, Controls(learning_rate=0.5))
    steering.stepped(1, 5, 20)
    assert float(optimizer.learning_rate) == pytest.approx(0.1)
    assert directory.info.rate_changes == ()


def test_a_stop_is_an_interruption(directory: RunDirectory) -> None:
    steering = Steering(directory, None, 0)
    write_controls(directory.path, Controls(stop=True))
    with pytest.raises(KeyboardInterrupt):
        steering.stepped(1, 5, 20)


def test_a_file_that_says_nothing_we_know_is_no_wish(directory: RunDirectory) -> None:
    steering = Steering(directory, None, 0)
    (directory.path / "controls.json").write_text('{"pause_after": "tomorrow"}')
    steering.stepped(1, 5, 20)
