"""Runs for MLflow: parameters, metrics and status, in an SQLite database that MLflow's own server opens.

MLflow keeps a metric once, however often it is logged with the same step, time and value.  So a second export logs
everything again, and only what is new appears.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when mlflow is imported; it reports to its makers

from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.entities import Run as Entry
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from digitlab.errors import PlaceError, in_words
from digitlab.runs.run import Run
from digitlab.trackers.figures import epochs, result_figures, run_name, settings, start_time

EXPERIMENT = "digitlab"
_KEY = "digitlab.run"  # the tag by which a run is found again
_BATCH = 1_000  # metrics that MLflow takes in one call, https://mlflow.org/docs/latest/rest-api.html#log-batch
_STATUS = {"done": "FINISHED", "failed": "FAILED", "interrupted": "KILLED", "stopped": "KILLED"}


def write_runs(runs: Sequence[Run], folder: Path) -> None:
    """Bring `mlflow.db` in `folder` up to date (raises PlaceError)."""
    logging.getLogger("mlflow").setLevel(logging.WARNING)  # it tells of each table that it makes
    file = folder.resolve() / "mlflow.db"
    if set("%?#") & set(str(file)):
        raise PlaceError(
            f"MLflow cannot open {file}, since it reads the path as an address",
            found="%, ? or # in the path",
            remedy="choose a folder without these characters",
        )
    try:
        client = MlflowClient(f"sqlite:///{file}")
        known = client.get_experiment_by_name(EXPERIMENT)
        experiment = (
            known.experiment_id if known else client.create_experiment(EXPERIMENT, (file.parent / "artifacts").as_uri())
        )
        for run in runs:
            _write(client, experiment, run)
    except (MlflowException, SQLAlchemyError) as error:
        raise PlaceError(
            f"cannot write {file}",
            found=in_words(error),
            remedy="choose another folder, or move the file away",
        ) from error


def _write(client: MlflowClient, experiment: str, run: Run) -> None:
    entry = _entry(client, experiment, run)
    name = entry.info.run_id
    metrics = list(_metrics(run))
    for first in range(0, len(metrics), _BATCH):
        client.log_batch(name, metrics=metrics[first : first + _BATCH])
    if run.active:
        client.update_run(name, status="RUNNING")
    else:
        client.set_terminated(name, _STATUS[run.state], _milliseconds(epochs(run)[-1].time))


def _entry(client: MlflowClient, experiment: str, run: Run) -> Entry:
    """The run in MLflow; anew where its parameters have changed, which MLflow does not allow."""
    wanted = {key: str(value) for key, value in settings(run).items()}
    key = hashlib.sha256(f"{run_name(run)} {run.info.started}".encode()).hexdigest()
    for entry in client.search_runs([experiment], f"tags.`{_KEY}` = '{key}'"):
        if entry.data.params == wanted:
            return entry
        client.delete_run(entry.info.run_id)
    entry = client.create_run(experiment, _milliseconds(start_time(run)), {_KEY: key}, run_name(run))
    client.log_batch(entry.info.run_id, params=[Param(key, value) for key, value in wanted.items()])
    return entry


def _metrics(run: Run) -> Iterator[Metric]:
    complete = epochs(run)
    for epoch in complete:
        for name, value in epoch.figures.items():
            yield Metric(name, value, _milliseconds(epoch.time), epoch.number)
    for name, value in result_figures(run).items():
        yield Metric(name, value, _milliseconds(complete[-1].time), complete[-1].number)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1_000)
