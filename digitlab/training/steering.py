"""Lets a training be watched and steered from outside, through two small files in its folder (`runs.controls`)."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Any

from digitlab.runs.controls import (
    Controls,
    Progress,
    controls_changed,
    forget_controls,
    read_controls,
    write_progress,
)
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import EpochRecord
from digitlab.training.listeners import Listener

SECONDS_BETWEEN_REPORTS = 0.2
SECONDS_BETWEEN_LOOKS = 0.05  # while paused


class StopRequested(KeyboardInterrupt):
    """A training was asked to stop through its folder; what follows is as for Ctrl-C."""


class Steering(Listener):
    """Between two compiled calls: says where the training is, and does what it is asked for.

    To look costs a `stat`; a training that is not steered gives the same bytes as without it.

    Args:
        directory: of the run.
        optimizer: of Keras, whose learning rate may be changed; None: it is unknown what sets it.
        done: epochs that were complete before.
    """

    def __init__(self, directory: RunDirectory, optimizer: Any | None, done: int) -> None:
        self._directory = directory
        self._optimizer = optimizer
        self._controls = Controls()
        self._seen = 0
        self._reported = 0.0
        with suppress(OSError):  # a full disk is reported by what must be written
            forget_controls(directory.path)
        self._report(done, 0, 0, paused=False)

    def stepped(self, epoch: int, done: int, steps: int) -> None:
        """Obey in the middle of an epoch."""
        self._obey(epoch - 1, done, steps)

    def epoch_ended(self, record: EpochRecord) -> None:
        """Obey between two epochs."""
        self._obey(record.epoch, 0, 0)

    def _obey(self, epochs: int, done: int, steps: int) -> None:
        """Do what was asked for; returns when the training may go on.

        Raises:
            StopRequested: it shall stop.
        """
        self._look(epochs)
        if self._shall_pause(epochs):
            self._wait(epochs, done, steps)
        if time.perf_counter() - self._reported > SECONDS_BETWEEN_REPORTS:
            self._report(epochs, done, steps, paused=False)

    def _wait(self, epochs: int, done: int, steps: int) -> None:
        """Until the pause ends."""
        self._report(epochs, done, steps, paused=True)
        while self._shall_pause(epochs):
            time.sleep(SECONDS_BETWEEN_LOOKS)
            if self._look(epochs) and self._shall_pause(epochs):
                self._report(epochs, done, steps, paused=True)

    def _shall_pause(self, epochs: int) -> bool:
        after = self._controls.pause_after
        return after is not None and epochs >= after

    def _look(self, epochs: int) -> bool:
        """Read what was asked for, if it is new, and do what can be done at once; whether it was new."""
        changed = controls_changed(self._directory.path)
        if changed == self._seen:
            return False
        self._seen, self._controls = changed, read_controls(self._directory.path)
        self._reported = 0.0  # the page waits for an answer
        if self._controls.stop:
            raise StopRequested
        if self._controls.learning_rate is not None:
            self._change_rate(self._controls.learning_rate, epochs + 1)
        return True

    def _change_rate(self, rate: float, epoch: int) -> None:
        old = self._rate()
        if old is None or abs(rate - old) <= 1e-6 * old:  # float32 keeps seven digits
            return
        self._optimizer.learning_rate.assign(rate)  # type: ignore[union-attr]
        self._directory.note_rate(epoch, rate)

    def _rate(self) -> float | None:
        """The learning rate; None where it follows a plan of its own, or there is no optimizer of Keras'."""
        rate: Any = getattr(self._optimizer, "learning_rate", None)
        return float(rate) if hasattr(rate, "assign") else None

    def _report(self, epochs: int, done: int, steps: int, *, paused: bool) -> None:
        self._reported = time.perf_counter()
        progress = Progress(
            process=os.getpid(), epochs=epochs, done=done, steps=steps, paused=paused, learning_rate=self._rate()
        )
        with suppress(OSError):  # as above
            write_progress(self._directory.path, progress)
