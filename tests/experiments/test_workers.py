from __future__ import annotations

import os
import signal
from pathlib import Path

from digitlab.data.dataset import Dataset
from digitlab.experiments.workers import Trial, run_trials
from digitlab.runs.directory import RunDirectory


def short(seed: int, epochs: int = 2) -> Trial:
    return Trial("softmax", {"epochs": epochs, "seed": seed})


def weights(path: Path | None) -> bytes:
    assert path is not None
    return b"".join(array.tobytes() for array in RunDirectory(path).weights.values())


def test_two_workers_give_what_one_gives(digits: Dataset, tmp_path: Path) -> None:
    trials = [short(0), short(1), Trial("mlp:16", {"epochs": 1})]
    told: list[tuple[int, int]] = []
    one = run_trials(trials, digits, tmp_path / "one", 1, lambda *event: told.append(event))
    two = run_trials(trials, digits, tmp_path / "two", 2, lambda *event: None)
    assert [weights(outcome.path) for outcome in one] == [weights(outcome.path) for outcome in two]
    assert told == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1)]


def test_a_worker_that_dies_once_is_replaced_and_its_run_resumed(digits: Dataset, tmp_path: Path) -> None:
    victims: list[int] = []

    def kill_once(trial: int, epoch: int) -> None:
        if trial == 1 and epoch == 1 and not victims:
            victims.append(the_only_child())
            os.kill(victims[0], signal.SIGKILL)

    trials = [short(0), short(1, epochs=200)]
    outcomes = run_trials(trials, digits, tmp_path / "killed", 1, kill_once)
    whole = run_trials(trials, digits, tmp_path / "whole", 1, lambda *event: None)
    assert victims
    assert [weights(outcome.path) for outcome in outcomes] == [weights(outcome.path) for outcome in whole]
    assert len(list((tmp_path / "killed").glob("*/run.json"))) == 2  # the second try went on in the same folder


def test_a_worker_that_dies_twice_is_named_and_the_others_go_on(digits: Dataset, tmp_path: Path) -> None:
    def kill_always(trial: int, epoch: int) -> None:
        if trial == 0:
            os.kill(the_only_child(), signal.SIGKILL)

    outcomes = run_trials([short(0, epochs=10_000), short(1)], digits, tmp_path, 1, kill_always)
    assert outcomes[0].path is None
    assert outcomes[0].failure == "the worker died 2 times (exit code -9)"
    assert outcomes[1].path is not None


def test_a_training_that_fails_says_why(digits: Dataset, tmp_path: Path) -> None:
    (outcome,) = run_trials(
        [Trial("mlp:64-64-64", {"epochs": 1, "learning_rate": 1000.0})], digits, tmp_path, 1, lambda *event: None
    )
    assert outcome.path is None
    assert outcome.failure is not None
    assert "the loss became NaN or infinite in epoch 1" in outcome.failure


def the_only_child() -> int:
    """The worker: a process of ours that multiprocessing started to run trials."""
    import multiprocessing

    (child,) = multiprocessing.active_children()
    assert child.pid is not None
    return child.pid
