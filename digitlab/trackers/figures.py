"""What a tracker is given of a run: its settings, and its figures by the names that Keras gives them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from digitlab.runs.run import Run

KERAS_NAMES = {
    "train_loss": "loss",
    "train_accuracy": "accuracy",
    "valid_loss": "val_loss",
    "valid_accuracy": "val_accuracy",
}
TEST_NAMES = ("test_loss", "test_accuracy", "test_accuracy_low", "test_accuracy_high")


@dataclass(frozen=True)
class Epoch:
    """One epoch of a run.

    Attributes:
        number: from 1.
        time: when it ended, in seconds since 1970; a pause before a resume is not in it.
        figures: by Keras' name; without those that a watched loop does not give.
    """

    number: int
    time: float
    figures: dict[str, float]


def run_name(run: Run) -> str:
    """The name of its folder, by which a tracker knows it."""
    return run.path.resolve().name


def start_time(run: Run) -> float:
    """When it started, in seconds since 1970."""
    return datetime.fromisoformat(run.info.started).timestamp()


def epochs(run: Run) -> list[Epoch]:
    """The complete epochs."""
    times = accumulate((record.seconds for record in run.history), initial=start_time(run))
    next(times)
    return [
        Epoch(record.epoch, time, _numbers({new: getattr(record, old) for old, new in KERAS_NAMES.items()}))
        for record, time in zip(run.history, times, strict=True)
    ]


def result_figures(run: Run) -> dict[str, float]:
    """Loss and accuracy on the test part, with the ends of the accuracy's 95% Wilson interval; empty before it ran."""
    result = run.result
    if result is None:
        return {}
    return dict(zip(TEST_NAMES, (result.test_loss, result.test_accuracy, *result.test_interval), strict=True))


def settings(run: Run) -> dict[str, str | int | float | bool]:
    """What was asked for, on which data and with which versions; without what was left open.

    The loop of a script has its own settings, which digitlab does not know: of these only the epochs are there.
    """
    info = run.info
    values = {
        **info.config.model_dump(exclude={"training"}),
        **info.config.training.model_dump(include={"epochs"} if info.watched else None),
        "teachers": ", ".join(info.config.training.teachers),
        "rate_changes": info.rate_text,
        "dataset": info.dataset.short_name,
        "dataset_sha256": info.dataset.sha256,
        "model": info.model,
        "parameters": info.parameters,
        **{f"{package}_version": version for package, version in info.versions.items()},
    }
    return {name: value for name, value in values.items() if value is not None and value != ""}


def _numbers(figures: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in figures.items() if not math.isnan(value)}
