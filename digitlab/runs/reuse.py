"""Trainings that need not be done again: runs in a folder with the same settings, data and versions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from digitlab.base import machine
from digitlab.config import RunConfig
from digitlab.runs.catalog import list_runs
from digitlab.runs.run import Run


def equal_runs(configs: Sequence[RunConfig], dataset_sha256: str, folder: Path) -> list[Run | None]:
    """For each config a finished run of it in `folder`, else one to resume, else None.

    Not taken: a run that failed, one in which another process is at work, one whose learning rate was changed from
    outside.
    """
    found: dict[str, Run] = {}
    for run in list_runs(folder):
        info = run.info
        same = info.dataset.sha256 == dataset_sha256 and info.versions == machine.versions()
        if not same or info.status == "failed" or info.rate_changes or run.active:
            continue
        key = info.config.model_dump_json()
        if key not in found or found[key].info.status != "done":
            found[key] = run
    return [found.get(config.model_dump_json()) for config in configs]
