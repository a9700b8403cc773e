"""All the runs in a folder."""

from __future__ import annotations

from pathlib import Path

from digitlab.errors import RunError
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import Run

DEFAULT_FOLDER = Path("runs")


def list_runs(folder: Path = DEFAULT_FOLDER) -> list[Run]:
    """The runs in `folder`, the oldest first; folders that are no runs, or damaged ones, are passed over."""
    return read_runs(folder)[0]


def read_runs(folder: Path) -> tuple[list[Run], list[Path]]:
    """The runs in `folder`, the oldest first, and the folders of those that are damaged."""
    runs, damaged = [], []
    for path in sorted(file.parent for file in folder.glob("*/run.json")):
        try:
            runs.append(RunDirectory(path).read())
        except RunError:
            damaged.append(path)
    return sorted(runs, key=lambda run: run.info.started), damaged


def _newest(folder: Path) -> Run:
    runs = list_runs(folder)
    if not runs:
        raise RunError(f"there is no run in {folder} yet", found="last", remedy="make one: digitlab train softmax")
    return runs[-1]


def find_run(name: str, folder: Path = DEFAULT_FOLDER) -> RunDirectory:
    """The run at path `name`, or of that name in `folder`, or the newest one for "last".

    Raises:
        RunError: there is none.
    """
    if name == "last" and not Path(name).is_dir():
        return RunDirectory(_newest(folder).path)
    inside = folder / name
    return RunDirectory(inside if inside.is_dir() and not Path(name).is_dir() else Path(name))
