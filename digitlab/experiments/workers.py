"""Trainings in processes of their own: started once, one thread each, so that a result does not depend on how many.

A worker that dies takes one training with it: the parent knows which, starts another worker, and tries that
training once more (it resumes from its last complete epoch).
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from digitlab.base.processes import start_process
from digitlab.data.dataset import Dataset
from digitlab.errors import DigitlabError
from digitlab.runs.run import EpochRecord, RunInfo
from digitlab.training.listeners import Listener

TRIES = 2
SECONDS_TO_LEAVE = 5.0


@dataclass(frozen=True)
class Trial:
    """One training to be done.

    Attributes:
        spec: what to train.
        settings: as for `digitlab.train`.
        resume: the folder of a run that was begun before, or None.
    """

    spec: str
    settings: dict[str, Any] = field(default_factory=dict)
    resume: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """How a trial ended: the run's folder, or why there is none."""

    path: Path | None
    failure: str | None = None


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    trial: int | None = None


def run_trials(
    trials: Sequence[Trial], dataset: Dataset, out: Path, jobs: int, on_epoch: Callable[[int, int], None]
) -> list[Outcome]:
    """Do all trials in `jobs` processes; return their outcomes in the same order.

    Args:
        trials: what to do.
        dataset: on which; given to each worker once.
        out: the folder for the runs.
        jobs: how many processes.
        on_epoch: called with (trial, complete epochs) after each epoch.
    """
    pool = _Pool(trials, dataset, out, on_epoch)
    try:
        return pool.run(min(jobs, len(trials)))
    finally:
        pool.close()


class _Pool:
    def __init__(
        self, trials: Sequence[Trial], dataset: Dataset, out: Path, on_epoch: Callable[[int, int], None]
    ) -> None:
        self._trials = list(trials)
        self._dataset = dataset
        self._out = out
        self._on_epoch = on_epoch
        self._waiting = deque(range(len(trials)))
        self._tries = [0] * len(trials)
        self._outcomes: dict[int, Outcome] = {}
        self._workers: list[_Worker] = []

    def run(self, jobs: int) -> list[Outcome]:
        for _ in range(jobs):
            self._start_worker()
        while len(self._outcomes) < len(self._trials):
            busy = [worker for worker in self._workers if worker.trial is not None]
            ready = wait([worker.connection for worker in busy])
            for worker in busy:
                if worker.connection in ready:
                    self._listen(worker)
        return [self._outcomes[index] for index in range(len(self._trials))]

    def close(self) -> None:
        """End all workers; a training that still goes on is interrupted, not lost."""
        for worker in self._workers:
            with suppress(OSError):
                worker.connection.close()
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(SECONDS_TO_LEAVE)

    def _start_worker(self) -> None:
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        process = start_process(_work, theirs, self._dataset, self._out)
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        self._give_next(worker)

    def _give_next(self, worker: _Worker) -> None:
        worker.trial = self._waiting.popleft() if self._waiting else None
        if worker.trial is not None:
            self._tries[worker.trial] += 1
            worker.connection.send(self._trials[worker.trial])

    def _listen(self, worker: _Worker) -> None:
        assert worker.trial is not None
        try:
            message = worker.connection.recv()
        except (EOFError, ConnectionResetError):
            self._bury(worker)
            return
        match message:
            case Path() as path:  # the run has its folder: a second try resumes it
                trial = self._trials[worker.trial]
                self._trials[worker.trial] = Trial(trial.spec, trial.settings, resume=path)
            case int() as epoch:
                self._on_epoch(worker.trial, epoch)
            case Outcome() as outcome:
                self._outcomes[worker.trial] = outcome
                self._give_next(worker)

    def _bury(self, worker: _Worker) -> None:
        """A worker died: its trial goes to another one, or is given up after the second death."""
        assert worker.trial is not None
        self._workers.remove(worker)
        worker.process.join()
        if self._tries[worker.trial] < TRIES:
            self._waiting.appendleft(worker.trial)
        else:
            failure = f"the worker died {TRIES} times (exit code {worker.process.exitcode})"
            self._outcomes[worker.trial] = Outcome(None, failure)
        if self._waiting:
            self._start_worker()


# What follows runs in the worker.


class _Teller(Listener):
    """Sends the run's folder and each complete epoch to the parent."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def started(self, path: Path, info: RunInfo, epoch: int) -> None:
        self._connection.send(path)
        self._connection.send(epoch)

    def epoch_ended(self, record: EpochRecord) -> None:
        self._connection.send(record.epoch)


def _work(connection: Connection, dataset: Dataset, out: Path) -> None:
    with suppress(EOFError, KeyboardInterrupt, BrokenPipeError):  # the parent is done, or was stopped
        while True:
            connection.send(_train(connection.recv(), dataset, out, _Teller(connection)))


def _train(trial: Trial, dataset: Dataset, out: Path, teller: _Teller) -> Outcome:
    from digitlab.experiments.train import resume, train

    try:
        if trial.resume is not None:
            # trusted: its program is, byte for byte, the file that the comparison was given
            run = resume(trial.resume, dataset, listeners=[teller], report=False, trust=True)
        else:
            run = train(
                trial.spec, dataset, out=out, listeners=[teller], report=False, check=False, threads=1, **trial.settings
            )
    except DigitlabError as error:
        return Outcome(None, f"{error.problem} ({error.found})")
    return Outcome(run.path)
