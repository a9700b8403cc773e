"""How a training and the lab page communicate through the run's folder.

    controls.json   to the training: pause, go on, another learning rate, stop
    progress.json   from the training: where it is, and whether it obeys

Neither is part of the result, so neither is flushed to the disk: a file that is lost is written again a moment later.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from digitlab.base.files import read_capped
from digitlab.config import Rate
from digitlab.errors import DataError

CONTROLS, PROGRESS = "controls.json", "progress.json"
_MAX_BYTES = 2**20  # of either, which have a hundred


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Controls(_Frozen):
    """What a training is asked to do."""

    pause_after: int | None = Field(None, ge=0)  # so many complete epochs; 0: at once; None: do not pause
    learning_rate: Rate | None = None  # None: as it is
    stop: bool = False  # as by Ctrl-C: every complete epoch is kept


class Progress(_Frozen):
    """Where a training is."""

    process: int  # the number that the operating system gave it
    epochs: int  # that are complete
    done: int  # steps of the next one
    steps: int  # that an epoch has; 0 where unknown
    paused: bool
    learning_rate: float | None  # None: it cannot be changed


def write_controls(run: Path, controls: Controls) -> None:
    """Ask the training in the folder `run` for something (raises OSError)."""
    _publish(run / CONTROLS, controls)


def read_controls(run: Path) -> Controls:
    """What was asked for; nothing, where the file is not there or cannot be understood."""
    try:
        return Controls.model_validate_json(read_capped(run / CONTROLS, _MAX_BYTES))
    except (OSError, DataError, ValidationError):
        return Controls()


def controls_changed(run: Path) -> int:
    """When somebody last asked for something, in nanoseconds; 0: never.  Costs microseconds."""
    try:
        return (run / CONTROLS).stat().st_mtime_ns
    except OSError:
        return 0


def forget_controls(run: Path) -> None:
    """Begin without what an earlier training in this folder was asked for (raises OSError)."""
    (run / CONTROLS).unlink(missing_ok=True)


def write_progress(run: Path, progress: Progress) -> None:
    """Say where the training in the folder `run` is (raises OSError)."""
    _publish(run / PROGRESS, progress)


def read_progress(run: Path) -> Progress | None:
    """The last progress that a training wrote; None where it wrote none."""
    try:
        return Progress.model_validate_json(read_capped(run / PROGRESS, _MAX_BYTES))
    except (OSError, DataError, ValidationError):
        return None


def _publish(path: Path, content: BaseModel) -> None:
    """Readers see the old file or the new one, never half of one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(content.model_dump_json(), encoding="utf-8")
    temporary.replace(path)
