from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from digitlab.config import RunConfig, TrainingConfig
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import ClassResult, DatasetInfo, EpochRecord, Predictions, Result, RunInfo

INFO = RunInfo(
    config=RunConfig(recipe="mlp:128", data="mnist", training=TrainingConfig(epochs=3, optimizer="adam", seed=4)),
    dataset=DatasetInfo(name="mnist", sha256="ab", train=11, validation=1, test=2, class_names=("0", "1")),
    model="network of 128",
    parameters=101770,
    started="2026-11-23T20:15:02+00:00",
    status="running",
    versions={"python": "3.11.9"},
    machine={"cores": 2},
)
STARTED = 1795464902.0  # as `date -d 2026-11-23T20:15:02Z +%s` says
RECORDS = [
    EpochRecord(
        epoch=epoch,
        train_loss=1 / (3 * epoch),
        train_accuracy=0.8 + epoch / 100,
        valid_loss=1 / (2 * epoch),
        valid_accuracy=0.7 + epoch / 100,
        seconds=10.5,
    )
    for epoch in (1, 2, 3)
]
RESULT = Result(
    test_loss=0.3,
    test_accuracy=0.9,
    test_interval=(0.85, 0.94),
    test_images=2,
    classes=(ClassResult(name="0", right=1, n=2, interval=(0.1, 0.9)),),
    seconds=31.5,
    milliseconds_per_image=0.01,
)


def finish(directory: RunDirectory) -> None:
    directory.write_history(RECORDS)
    directory.write_result(RESULT, Predictions(np.full((2, 2), 0.5, np.float32), np.array([0, 1])))
    directory.mark("done")


@pytest.fixture
def started(tmp_path: Path) -> RunDirectory:
    """A run after its first epoch."""
    directory = RunDirectory.create(tmp_path / "runs", "started", INFO)
    directory.write_history(RECORDS[:1])
    return directory


@pytest.fixture
def done(tmp_path: Path) -> RunDirectory:
    """A run of three epochs with a test result."""
    directory = RunDirectory.create(tmp_path / "runs", "done", INFO)
    finish(directory)
    return directory
