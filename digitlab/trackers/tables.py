"""Two tables for spreadsheets and pandas: `runs.csv` with a line a run, `epochs.csv` with a line an epoch.

Runs that stand there from an earlier export stay; those that are exported again are replaced.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from digitlab.base.files import read_capped, write_text
from digitlab.errors import DataError, PlaceError
from digitlab.runs.run import Run
from digitlab.trackers.figures import epochs, result_figures, run_name, settings

_MAX_BYTES = 2**30  # of a table; a run has two kilobytes in runs.csv, an epoch a hundred bytes in epochs.csv
_KEY = "run"  # the column with a run's name


def write_tables(runs: Sequence[Run], folder: Path) -> None:
    """Bring both tables in `folder` up to date (raises StorageError, DataError)."""
    names = {run_name(run) for run in runs}
    _update(folder / "runs.csv", [_run_row(run) for run in runs], names)
    _update(folder / "epochs.csv", [row for run in runs for row in _epoch_rows(run)], names)


def _run_row(run: Run) -> dict[str, Any]:
    started = {"started": run.info.started, "seconds": run.seconds}
    return {_KEY: run_name(run), "status": run.state, **started, **result_figures(run), **settings(run)}


def _epoch_rows(run: Run) -> list[dict[str, Any]]:
    return [{_KEY: run_name(run), "epoch": epoch.number, **epoch.figures} for epoch in epochs(run)]


def _update(file: Path, rows: list[dict[str, Any]], names: set[str]) -> None:
    header, old = _read(file)
    kept = [row for row in old if row[_KEY] not in names]
    columns = dict.fromkeys([*header, *(name for row in rows for name in row)])
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(kept + rows, key=lambda row: str(row[_KEY])))  # stable, so epochs stay in their order
    write_text(file, text.getvalue())


def _read(file: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """Header and rows of a table, none where it is missing (raises PlaceError where this is no table of runs)."""
    if not file.exists():
        return [], []
    try:
        content = read_capped(file, _MAX_BYTES).decode("utf-8-sig")  # a spreadsheet writes a byte order mark
        header, *rows = [*csv.reader(io.StringIO(content, newline=""), strict=True)] or [[]]
        if _KEY not in header:
            raise ValueError(f"the header '{','.join(header)[:80]}'")
        return header, [dict(zip(header, row, strict=True)) for row in rows]
    except (ValueError, csv.Error, DataError) as error:
        raise PlaceError(
            f"{file} is no table of runs, and is not overwritten",
            found=" ".join(str(error).split()),
            remedy="choose another folder, or move the file away",
        ) from None
