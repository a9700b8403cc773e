"""What every executor does: take trials, and tell how they go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from digitlab.data.dataset import Dataset
from digitlab.experiments.executors.trial import Outcome, Trial

TRIES = 2  # of a trial whose worker died; the second resumes it
Event = tuple[int, int | Outcome]  # the number of a trial, and its complete epochs or how it ended


class Executor(Protocol):
    """Trains in processes of its own, each with one thread, so that no result depends on where and how many."""

    def submit(self, trial: Trial) -> int:
        """Take a trial; it gets the next number from 0."""

    def next_event(self) -> Event:
        """Wait until a trial goes on; there must be one that has not ended."""

    def close(self) -> None:
        """End all workers; a training that still goes on keeps its complete epochs."""


@contextmanager
def local_processes(dataset: Dataset, out: Path, jobs: int) -> Iterator[Executor]:
    """At most `jobs` processes of this machine, ended after the block; runs get their folders in `out`."""
    from digitlab.experiments.executors.local import LocalProcesses

    executor = LocalProcesses(dataset, out.resolve(), jobs)
    try:
        yield executor
    finally:
        executor.close()


def run_trials(executor: Executor, trials: Sequence[Trial], on_epoch: Callable[[int, int], None]) -> list[Outcome]:
    """Do all trials; their outcomes in the same order.

    Args:
        executor: a fresh one.
        trials: what to do.
        on_epoch: called with (trial, complete epochs) when it begins and after each epoch.
    """
    outcomes: dict[int, Outcome] = {}
    for trial in trials:
        executor.submit(trial)
    while len(outcomes) < len(trials):
        number, news = executor.next_event()
        if isinstance(news, Outcome):
            outcomes[number] = news
        else:
            on_epoch(number, news)
    return [outcomes[number] for number in range(len(trials))]
