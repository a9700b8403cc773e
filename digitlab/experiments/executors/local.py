"""Trainings in processes of this machine, started once.

A worker that dies takes one training with it: another worker resumes that from its last complete epoch.
"""

from __future__ import annotations

import multiprocessing
import signal
import tempfile
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from digitlab.base.mapped import Mapped
from digitlab.base.processes import start_process
from digitlab.data.dataset import Dataset
from digitlab.experiments.executors.executor import TRIES, Event
from digitlab.experiments.executors.trial import Outcome, Trial, carry_out

SECONDS_TO_LEAVE = 5.0


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    number: int | None = None  # of the trial that it works on


class LocalProcesses:
    """At most `jobs` processes, which all map one copy of the dataset."""

    def __init__(self, dataset: Dataset, out: Path, jobs: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="digitlab-")
        self._dataset = Mapped.write(dataset, Path(self._folder.name) / "dataset")
        self._out = out
        self._jobs = jobs
        self._trials: list[Trial] = []
        self._tries: list[int] = []
        self._waiting: deque[int] = deque()
        self._workers: list[_Worker] = []

    def submit(self, trial: Trial) -> int:
        """Take a trial; it gets the next number from 0."""
        number = len(self._trials)
        self._trials.append(trial)
        self._tries.append(0)
        self._waiting.append(number)
        self._give_work()
        return number

    def next_event(self) -> Event:
        """Wait until a trial goes on."""
        while True:
            busy = {worker.connection: worker for worker in self._workers if worker.number is not None}
            for connection in wait(busy):
                event = self._listen(busy[connection])  # type: ignore[index]
                self._give_work()
                if event is not None:
                    return event

    def close(self) -> None:
        """End all workers; a training that still goes on is interrupted, not lost."""
        for worker in self._workers:
            with suppress(OSError):
                worker.connection.close()
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(SECONDS_TO_LEAVE)
            worker.process.kill()
        self._folder.cleanup()

    def _give_work(self) -> None:
        """Give each waiting trial to an idle worker, or to a new one as long as there may be more."""
        while self._waiting:
            idle = next((worker for worker in self._workers if worker.number is None), None)
            if idle is None and len(self._workers) == self._jobs:
                return
            worker = idle or self._start_worker()
            worker.number = self._waiting.popleft()
            self._tries[worker.number] += 1
            with suppress(BrokenPipeError):  # it died while it was idle: `_listen` finds that out
                worker.connection.send(self._trials[worker.number])

    def _start_worker(self) -> _Worker:
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        worker = _Worker(start_process(_work, theirs, self._dataset, self._out), ours)
        theirs.close()
        self._workers.append(worker)
        return worker

    def _listen(self, worker: _Worker) -> Event | None:
        assert worker.number is not None
        number = worker.number
        try:
            news: int | Outcome = worker.connection.recv()
        except (EOFError, ConnectionResetError):
            return self._bury(worker, number)
        if isinstance(news, Outcome):
            worker.number = None
        return number, news

    def _bury(self, worker: _Worker, number: int) -> Event | None:
        """A worker died: its trial goes to another one, or is given up after the second death."""
        self._workers.remove(worker)
        worker.process.join()
        if self._tries[number] < TRIES:
            self._waiting.appendleft(number)
            return None
        return number, Outcome("failed", reason=f"the worker died {TRIES} times (exit code {worker.process.exitcode})")


def _work(connection: Connection, stored: Mapped, out: Path) -> None:
    """What a worker does: one trial after the other."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # of `close`: an interruption, which is written down
    dataset = stored.read()
    with suppress(EOFError, KeyboardInterrupt, BrokenPipeError):  # the parent is done, or was stopped
        while True:
            connection.send(carry_out(connection.recv(), dataset, out, connection.send))
