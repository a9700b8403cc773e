from __future__ import annotations

import math
from pathlib import Path

import keras
import numpy as np
import pytest

import digitlab
from digitlab.errors import BundleError, RunError, UsageError
from digitlab.runs.catalog import list_runs
from digitlab.runs.controls import Controls, write_controls
from digitlab.runs.directory import RunDirectory


def model() -> keras.Model:
    return keras.Sequential([keras.layers.Input((784,)), keras.layers.Dense(10)])


def test_a_loop_of_ones_own_leaves_a_run(tmp_path: Path) -> None:
    watched, loss = model(), keras.metrics.Mean()
    for epoch in digitlab.watch(range(1, 3), watched, out=tmp_path, train_loss=loss, valid_accuracy=lambda: 0.5):
        loss.reset_state()
        loss(np.float32(epoch))
    (run,) = list_runs(tmp_path)
    assert [(record.epoch, record.train_loss, record.valid_accuracy) for record in run.history] == [
        (1, 1.0, 0.5),
        (2, 2.0, 0.5),
    ]
    assert math.isnan(run.history[0].valid_loss)
    assert (run.state, run.info.parameters, run.info.watched) == ("done", 7850, True)
    (kernel, _) = RunDirectory(run.path).weights.values()
    np.testing.assert_array_equal(kernel, watched.weights[0].numpy())


def test_what_is_unknown_of_it_is_not_made_up(tmp_path: Path) -> None:
    for _ in digitlab.watch(range(1, 3), model(), out=tmp_path, train_loss=lambda: 1.0):
        pass
    (run,) = list_runs(tmp_path)
    facts = run.facts()
    assert facts["data"] == "unknown: the script loads it"
    assert facts["settings"] == "2 epochs; the rest of the script's own loop"
    assert "validation accuracy" not in facts
    trains = "to do: let digitlab train the script's model: digitlab train FILE.py"
    assert str(RunDirectory(run.path).missing(run.report)).endswith(trains)
    with pytest.raises(BundleError, match=r"found: the loop is a script's own\n  to do: let digitlab train the script"):
        digitlab.load_model(run.path)


def test_a_loop_that_is_left_is_an_interrupted_run(tmp_path: Path) -> None:
    for _ in digitlab.watch(range(3), model(), out=tmp_path):
        break
    (run,) = list_runs(tmp_path)
    assert (run.state, run.history) == ("interrupted", ())


def test_it_can_be_stopped_and_its_rate_changed_from_outside(tmp_path: Path) -> None:
    optimizer = keras.optimizers.SGD(0.01)
    loop = digitlab.watch(range(9), model(), optimizer=optimizer, out=tmp_path)
    next(loop)
    (path,) = tmp_path.iterdir()
    write_controls(path, Controls(learning_rate=0.5))
    next(loop)
    assert float(optimizer.learning_rate) == 0.5
    write_controls(path, Controls(stop=True))
    with pytest.raises(KeyboardInterrupt):
        next(loop)
    assert [(run.state, len(run.history)) for run in list_runs(tmp_path)] == [("interrupted", 2)]


def test_what_cannot_be_read_is_told() -> None:
    with pytest.raises(UsageError, match=r"found: 'train_los'\n  to do: did you mean 'train_loss'"):
        next(digitlab.watch(range(3), model(), train_los=keras.metrics.Mean()))


def test_a_number_instead_of_a_metric_is_told(tmp_path: Path) -> None:
    loop = digitlab.watch(range(3), model(), out=tmp_path, train_loss=0.5)
    next(loop)
    with pytest.raises(UsageError, match=r"the figure train_loss gives no number\n  found: float"):
        next(loop)


def test_it_cannot_be_resumed(tmp_path: Path) -> None:
    for _ in digitlab.watch(range(1), model(), out=tmp_path):
        pass
    (path,) = tmp_path.iterdir()
    RunDirectory(path).mark("interrupted")
    with pytest.raises(RunError, match="is the run of a loop that is not ours"):
        digitlab.resume(path)
