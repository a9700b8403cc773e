"""Trainings that the page starts: processes of their own, which go on when the page is closed.

The page reads their folders, as it reads those of trainings that were started anywhere else.  Which folder is theirs
is told by the number of the process, which the training writes there.
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

LONGEST_TEXT = 4_000  # characters of what a training said at its end


class Training:
    """A training that was started here.

    Args:
        process: it runs `digitlab train`.
        said: where it writes to standard error.

    Attributes:
        run: its folder, None as long as it has none.
    """

    def __init__(self, process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
        self.process = process
        self.run: Path | None = None
        self._said = said
        self._text = ""

    @property
    def ended(self) -> bool:
        """Whether the process is gone; what it said is kept then."""
        if self.process.poll() is None:
            return False
        if not self._said.closed:
            self._said.seek(0)
            self._text = self._said.read()[-LONGEST_TEXT:].decode(errors="replace")
            self._said.close()
        return True

    @property
    def failure(self) -> str | None:
        """What it said when it failed; None where it did not."""
        if not self.ended or self.process.returncode == 0:
            return None
        return self._text.rpartition("Error: ")[2].strip()


class Trainings:
    """All trainings that were started here.

    Args:
        folder: the one in which each gets a folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: list[Training] = []

    def start(self, *arguments: str) -> Training:
        """Run `digitlab train` with these arguments.

        Raises:
            UsageError: there are as many already as there are cores.
        """
        running, most = sum(not one.ended for one in self._all), os.cpu_count() or 1
        if running >= most:
            raise UsageError(
                "there are enough trainings under way",
                found=f"{running}, on {most} cores",
                remedy="wait for one to end, or stop one",
            )
        said = tempfile.TemporaryFile()  # noqa: SIM115, it is read for as long as the page is there
        command = [sys.executable, "-P", "-m", "digitlab", "train", *arguments, "--json"]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
        )
        training = Training(process, said)
        self._all.append(training)
        return training

    def find_run(self, training: Training) -> Path | None:
        """The folder of a training; None as long as it is loading and has none."""
        if training.run is None:
            for file in self._folder.glob("*/progress.json"):
                progress = read_progress(file.parent)
                if progress is not None and progress.process == training.process.pid:
                    training.run = file.parent
        return training.run
