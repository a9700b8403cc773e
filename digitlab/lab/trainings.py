"""Trainings that the page starts: processes of their own, which continue when the page is closed.

The page reads their run folders, as those of trainings that were started anywhere else.  A training writes its process
id there, by which the page finds its folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from digitlab.errors import UsageError
from digitlab.runs.controls import read_progress

MAX_TEXT = 4_000  # bytes of standard error


class Training:
    """A training that was started here: a process with its standard error."""

    def __init__(self, process: subprocess.Popen[bytes], stderr: IO[bytes]) -> None:
        self.process = process
        self.run: Path | None = None  # its folder, once it has one
        self._stderr = stderr
        self._text = ""

    @property
    def ended(self) -> bool:
        """Whether the process has ended; its standard error is read then."""
        if self.process.poll() is None:
            return False
        if not self._stderr.closed:
            self._stderr.seek(0)
            self._text = self._stderr.read()[-MAX_TEXT:].decode(errors="replace")
            self._stderr.close()
        return True

    @property
    def failure(self) -> str | None:
        """Its error message; None where it did not fail."""
        if not self.ended or self.process.returncode == 0:
            return None
        return self._text.rpartition("Error: ")[2].strip()


class Trainings:
    """All trainings that were started here; each gets a folder in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: list[Training] = []

    def start(self, *arguments: str) -> Training:
        """Run `digitlab train` with these arguments.

        Raises:
            UsageError: there are as many as cores already.
        """
        running, limit = sum(not one.ended for one in self._all), os.cpu_count() or 1
        if running >= limit:
            raise UsageError(
                "too many trainings are running",
                found=f"{running}, on {limit} cores",
                remedy="wait for one to end, or stop one",
            )
        stderr = tempfile.TemporaryFile()  # noqa: SIM115, it is read when the process has ended
        command = [sys.executable, "-P", "-m", "digitlab", "train", *arguments, "--json"]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr, start_new_session=True
        )
        training = Training(process, stderr)
        self._all.append(training)
        return training

    def find_run(self, training: Training) -> Path | None:
        """The folder of a training; None while it is loading."""
        if training.run is None:
            for file in self._folder.glob("*/progress.json"):
                progress = read_progress(file.parent)
                if progress is not None and progress.process == training.process.pid:
                    training.run = file.parent
        return training.run
