"""digitlab runs export: write runs for another tool, once or while they are trained."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from digitlab.base.extras import require
from digitlab.base.files import cannot_write
from digitlab.errors import RunError, UsageError, unknown_name
from digitlab.runs.run import Run
from digitlab.trackers.figures import run_name
from digitlab.trackers.tables import write_tables

SECONDS_BETWEEN_LOOKS = 1.0  # at runs that are followed; reading one takes about a millisecond

_Writer = Callable[[Sequence[Run], Path], None]


def export(
    tracker: str,
    select: Callable[[], list[Run]],
    folder: Path,
    *,
    follow: bool = False,
    pause: Callable[[float], None] = time.sleep,
) -> list[Run]:
    """Write the runs that `select` reads into `folder`; what stands there of the same runs is brought up to date.

    Args:
        tracker: one of `TRACKERS`.
        select: reads the runs anew.
        folder: is made where it is missing.
        follow: go on until no process trains in one of the runs.
        pause: waits so many seconds between two looks.

    Returns:
        The runs as they were written last.

    Raises:
        UsageError: an unknown tracker, two runs of one name.
        MissingExtraError: the tracker's package is not installed.
        RunError: a run that has no complete epoch, and none to be waited for.
        StorageError: `folder` cannot be written.
    """
    if tracker not in TRACKERS:
        raise unknown_name("tracker", tracker, TRACKERS)
    write, written = TRACKERS[tracker](), list[Run]()
    while True:
        runs = select()
        _check(runs, follow)
        ready = [run for run in runs if run.history]
        if new := [run for run in ready if run not in written]:
            with _alone_in(folder):
                write(new, folder)
        written = ready
        if not (follow and any(run.active for run in runs)):
            return runs
        pause(SECONDS_BETWEEN_LOOKS)


def _check(runs: Sequence[Run], follow: bool) -> None:
    places: dict[str, Path] = {}
    for run in runs:
        other = places.setdefault(run_name(run), run.path)
        if other.resolve() != run.path.resolve():
            raise UsageError(
                "two runs have the same name, by which the tracker knows them",
                found=f"{other} and {run.path}",
                remedy="export them to different folders",
            )
        if not run.history and not (follow and run.active):
            raise RunError(
                f"{run.path} has no complete epoch",
                found=f"a run that is {run.state}",
                remedy="export it with --follow" if run.active else f"finish it: digitlab train --resume {run.path}",
            )


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Make the folder, and be the only export that writes there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            yield
    except OSError as error:
        raise cannot_write(folder, error) from error


def _csv() -> _Writer:
    return write_tables


def _tensorboard() -> _Writer:
    require("tensorboard", "the export to TensorBoard")
    from digitlab.trackers.tensorboard import write_events

    return write_events


def _mlflow() -> _Writer:
    require("mlflow", "the export to MLflow")
    from digitlab.trackers.mlflow import write_runs

    return write_runs


TRACKERS: dict[str, Callable[[], _Writer]] = {"csv": _csv, "mlflow": _mlflow, "tensorboard": _tensorboard}
