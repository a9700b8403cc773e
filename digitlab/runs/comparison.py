"""What a comparison leaves behind: its folder with `comparison.json`, a table for spreadsheets, and the report.

    comparison.json   everything, as `ComparisonRecord`
    comparison.csv    a line for each training
    report.html       the page to look at

The trainings themselves are runs like any other, beside it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from digitlab.base.files import write_text
from digitlab.evaluation.over_seeds import Comparison
from digitlab.evaluation.power import Plan
from digitlab.runs.run import DatasetInfo, Run


class TrainedModel(BaseModel):
    """What one of the compared recipes is, and what it cost; the baseline is the first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    parameters: int
    seconds: float  # of training, mean over seeds
    milliseconds_per_image: float  # to predict, mean over seeds
    validation_accuracy: float  # of the last epoch, mean over seeds
    runs: tuple[str, ...]  # their folders, by seed
    failures: tuple[str, ...] = ()


class ComparisonRecord(BaseModel):
    """What `comparison.json` holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: DatasetInfo
    epochs: int | None  # None: each recipe's own
    plan: Plan
    comparison: Comparison
    models: tuple[TrainedModel, ...]
    reused: int  # trainings that were there before
    test_looks: int  # how often the test part was opened for these runs
    notes: tuple[str, ...]
    versions: dict[str, str]
    machines: tuple[dict[str, str | int], ...]  # on which the runs were trained


def write_record(folder: Path, record: ComparisonRecord, runs: Mapping[str, Sequence[Run]]) -> None:
    """Write `comparison.json`, and `comparison.csv` with a line for each run in `runs` (by model name)."""
    write_text(folder / "comparison.json", record.model_dump_json(indent=2) + "\n")
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(("model", "seed", "test_accuracy", "test_loss", "valid_accuracy", "parameters", "seconds", "run"))
    for name, trained in runs.items():
        writer.writerows((_as_text(name), *_row(run)) for run in trained)
    write_text(folder / "comparison.csv", lines.getvalue())


def _as_text(name: str) -> str:
    """A name as a spreadsheet shall take it: one that begins like a formula gets an apostrophe before it."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name


def _row(run: Run) -> tuple[object, ...]:
    assert run.result is not None
    return (
        run.info.config.training.seed,
        run.result.test_accuracy,
        run.result.test_loss,
        run.history[-1].valid_accuracy,
        run.info.parameters,
        run.seconds,
        _as_text(run.path.name),
    )
