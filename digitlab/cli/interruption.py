"""The message after Ctrl-C: how to resume."""

from __future__ import annotations

import shlex
from pathlib import Path
from types import TracebackType

import typer

from digitlab.cli.printing import say
from digitlab.errors import EXIT_INTERRUPTED
from digitlab.runs.run import RunInfo
from digitlab.training.listeners import Listener


class ResumeHint(Listener):
    """On an interruption, prints the command that resumes the run."""

    def __init__(self) -> None:
        self._path: Path | None = None

    def started(self, path: Path, info: RunInfo, epoch: int) -> None:
        """Remember the folder."""
        self._path = path

    def __enter__(self) -> ResumeHint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt) and self._path is not None:
            command = f"  digitlab train --resume {shlex.quote(str(self._path))}"  # on its own line, to be copied
            say("Stopped; every complete epoch is saved.  Resume with:", command, err=True)
            raise typer.Exit(EXIT_INTERRUPTED)
