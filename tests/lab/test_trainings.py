from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from digitlab.errors import UsageError
from digitlab.lab.trainings import Trainings


def wait_for(there: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not there():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_training_finds_its_folder_and_belongs_to_nobody(digits_file: Path, tmp_path: Path) -> None:
    trainings = Trainings(tmp_path)
    training = trainings.start("softmax", "--data", str(digits_file), "--out", str(tmp_path), "--epochs", "99999")
    wait_for(lambda: trainings.find_run(training))
    assert os.getsid(training.process.pid) != os.getsid(0)  # Ctrl-C in the terminal of the page does not reach it
    training.process.terminate()
    wait_for(lambda: training.ended)
    assert training.run is not None
    assert training.run.parent == tmp_path


def test_what_a_failed_training_said_is_kept(tmp_path: Path) -> None:
    training = Trainings(tmp_path).start("sofmax")
    wait_for(lambda: training.ended)
    assert training.failure is not None
    assert training.failure.startswith("unknown recipe 'sofmax'\n  found: 'sofmax'")


def test_nothing_in_the_working_folder_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "numpy.py").write_text("open('taken', 'w').close()")
    monkeypatch.chdir(tmp_path)
    training = Trainings(tmp_path).start("sofmax")
    wait_for(lambda: training.ended)
    assert training.failure is not None
    assert "unknown recipe 'sofmax'" in training.failure
    assert not (tmp_path / "taken").exists()


def test_no_more_trainings_than_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    trainings = Trainings(tmp_path)
    first = trainings.start("sofmax")
    with pytest.raises(UsageError, match="too many trainings are running\n  found: 1, on 1 cores"):
        trainings.start("softmax")
    wait_for(lambda: first.ended)
