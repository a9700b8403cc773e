"""Trainings that need not be done again: runs in a folder with the same settings, data and versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from digitlab.base import machine
from digitlab.config import RunConfig
from digitlab.runs.catalog import list_runs
from digitlab.runs.run import Run


@dataclass(frozen=True)
class Reuse:
    """What a folder has of the trainings that are wanted.

    Attributes:
        runs: for each config a finished run of it, else one to resume, else None.
        passed_over: for each reason the runs that were not taken, where no other was, in words.
    """

    runs: list[Run | None]
    passed_over: tuple[str, ...]


def equal_runs(configs: Sequence[RunConfig], dataset_sha256: str, folder: Path) -> Reuse:
    """Look for runs of `configs` in `folder`.

    Not taken: a run made with other versions, one that failed, one in which another process is at work, one whose
    learning rate was changed from outside.  Where the data was read from does not matter: its fingerprint decides.
    """
    keys = [_key(config) for config in configs]
    found: dict[str, Run] = {}
    passed: list[tuple[str, str, str]] = []
    for run in list_runs(folder):
        key = _key(run.info.config)
        if key not in keys or run.info.dataset.sha256 != dataset_sha256:
            continue
        if reason := _reason_against(run):
            passed.append((key, reason, run.path.name))
        elif key not in found or found[key].info.status != "done":
            found[key] = run
    names: dict[str, list[str]] = {}
    for key, reason, name in passed:
        if key not in found:
            names.setdefault(reason, []).append(name)
    return Reuse([found.get(key) for key in keys], tuple(_in_words(*pair) for pair in names.items()))


def _key(config: RunConfig) -> str:
    return config.model_dump_json(exclude={"data"})


def _reason_against(run: Run) -> str:
    """Why a run is not used again; empty: it may be."""
    if changes := machine.version_changes(run.info.versions):
        return f"made with other versions: {', '.join(changes)}"
    if run.info.status == "failed":
        return "it failed"
    if run.info.rate_changes:
        return "its learning rate was changed while it ran"
    return "another process is at work in it" if run.active else ""


def _in_words(reason: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"not used again: {names[0]}{more} ({reason})"
