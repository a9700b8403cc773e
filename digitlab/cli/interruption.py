"""What a person is told who pressed Ctrl-C: nothing is lost, and how to go on."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import typer

from digitlab.errors import EXIT_INTERRUPTED
from digitlab.runs.run import EpochRecord, RunInfo
from digitlab.training.listeners import Listener


class ResumeHint(Listener):
    """Remembers where the run lies; on an interruption says how to resume it."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._done = 0

    def started(self, path: Path, info: RunInfo, epoch: int) -> None:
        """Remember the folder."""
        self._path, self._done = path, epoch

    def epoch_ended(self, record: EpochRecord) -> None:
        """Remember how far it came."""
        self._done = record.epoch

    def __enter__(self) -> ResumeHint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is KeyboardInterrupt and self._path is not None:
            done = f"{self._done} complete epoch{'' if self._done == 1 else 's'}"
            typer.echo(f"Stopped; {done} safe.  Go on: digitlab train --resume {self._path}", err=True)
            raise typer.Exit(EXIT_INTERRUPTED)
