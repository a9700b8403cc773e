from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from digitlab.config import RunConfig, TrainingConfig
from digitlab.data.dataset import Dataset
from digitlab.experiments.executors.executor import local_processes, run_trials
from digitlab.experiments.executors.trial import Outcome, Trial
from digitlab.runs.directory import RunDirectory


def trial(recipe: str, **settings: Any) -> Trial:
    return Trial(RunConfig(recipe=recipe, data="digits", training=TrainingConfig(**settings), threads=1))


def short(seed: int, epochs: int = 2) -> Trial:
    return trial("softmax", epochs=epochs, seed=seed)


def done(
    trials: Sequence[Trial], digits: Dataset, out: Path, jobs: int, on_epoch: Callable[[int, int], None]
) -> list[Outcome]:
    with local_processes(digits, out, jobs) as executor:
        return run_trials(executor, trials, on_epoch)


def weights(path: Path | None) -> bytes:
    assert path is not None
    return b"".join(array.tobytes() for array in RunDirectory(path).weights.values())


def test_two_workers_give_what_one_gives(digits: Dataset, tmp_path: Path) -> None:
    trials = [short(0), short(1), trial("mlp:16", epochs=1)]
    told: list[tuple[int, int]] = []
    one = done(trials, digits, tmp_path / "one", 1, lambda *event: told.append(event))
    two = done(trials, digits, tmp_path / "two", 2, lambda *event: None)
    assert [weights(outcome.path) for outcome in one] == [weights(outcome.path) for outcome in two]
    assert told == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1)]


def test_a_worker_that_dies_once_is_replaced_and_its_run_resumed(digits: Dataset, tmp_path: Path) -> None:
    victims: list[int] = []

    def kill_once(number: int, epoch: int) -> None:
        if number == 1 and epoch == 1 and not victims:
            victims.append(the_only_child())
            os.kill(victims[0], signal.SIGKILL)

    trials = [short(0), short(1, epochs=200)]
    outcomes = done(trials, digits, tmp_path / "killed", 1, kill_once)
    whole = done(trials, digits, tmp_path / "whole", 1, lambda *event: None)
    assert victims
    assert [weights(outcome.path) for outcome in outcomes] == [weights(outcome.path) for outcome in whole]
    assert len(list((tmp_path / "killed").glob("*/run.json"))) == 2  # the second try went on in the same folder


def test_a_worker_that_dies_twice_is_named_and_the_others_go_on(digits: Dataset, tmp_path: Path) -> None:
    def kill_always(number: int, epoch: int) -> None:
        if number == 0:
            os.kill(the_only_child(), signal.SIGKILL)

    outcomes = done([short(0, epochs=10_000), short(1)], digits, tmp_path, 1, kill_always)
    assert outcomes[0].path is None
    assert outcomes[0].reason == "the worker died 2 times (exit code -9)"
    assert outcomes[1].path is not None


def test_a_training_that_fails_says_why(digits: Dataset, tmp_path: Path) -> None:
    (outcome,) = done([trial("mlp:64-64-64", epochs=1, learning_rate=1000.0)], digits, tmp_path, 1, lambda *event: None)
    assert outcome.path is None
    assert "the loss became NaN or infinite in epoch 1" in outcome.reason


def the_only_child() -> int:
    """The worker: a process of ours that multiprocessing started to run trials."""
    import multiprocessing

    (child,) = multiprocessing.active_children()
    assert child.pid is not None
    return child.pid
