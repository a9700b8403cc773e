"""What keeps a run from being resumed or exported: it was only watched, its data changed, its program is missing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from digitlab.base import machine
from digitlab.data.dataset import Dataset
from digitlab.errors import RunError
from digitlab.programs.spec import is_file_spec
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import RunInfo
from digitlab.runs.trust import source_to_run

if TYPE_CHECKING:
    from digitlab.training.step import TrainStep


def step_name(train_step: TrainStep | None) -> str | None:
    """The name of a step given from Python."""
    return None if train_step is None else getattr(train_step, "__name__", type(train_step).__name__)


def refuse_watched(directory: RunDirectory, info: RunInfo) -> None:
    """Raise RunError for a run of `digitlab.watch`."""
    if info.watched:
        raise RunError(
            f"{directory.path} is the run of a loop that is not ours",
            found=f"a loop in {info.config.recipe}, which digitlab only watched",
            remedy="run the script again, or train its model with digitlab train FILE.py",
        )


def refuse_other_data(dataset: Dataset, info: RunInfo) -> None:
    """Raise RunError where `dataset` is not the one that the run began with."""
    if dataset.sha256 != info.dataset.sha256:
        raise RunError(
            f"the data '{info.config.data}' has changed since this run was started",
            found=f"sha256 {dataset.sha256[:12]}… where {info.dataset.sha256[:12]}… is needed",
            remedy="bring the old data back, give it from Python (digitlab.resume(path, data)), or start a new run",
        )


def refuse_other_step(train_step: TrainStep | None, info: RunInfo) -> None:
    """Raise RunError where the step is not the one that the run began with."""
    given, needed = step_name(train_step), info.config.train_step
    if given != needed:
        raise RunError(
            "the run was started with another train step",
            found=f"{given or 'none'} where {needed or 'none'} is needed",
            remedy="from Python: digitlab.resume(path, train_step=…)",
        )


def machine_changes(info: RunInfo) -> str:
    """What is different here from where the run began, as far as it may change the last bits; empty: nothing."""
    changed = machine.version_changes(info.versions)
    changed += [
        f"{key} {here} (was {info.machine[key]})"
        for key, here in machine.describe().items()
        if info.machine.get(key, here) != here
    ]
    return ", ".join(changed)


def program_of(directory: RunDirectory, info: RunInfo, trust: bool) -> Path | None:
    """The user's file that the run goes on with; what `run.json` says of a file elsewhere is never followed."""
    file = source_to_run(directory, trust=trust)
    if file is None and is_file_spec(info.config.recipe):
        raise RunError(
            f"{directory.path} has no model file in it",
            found=f"no source/ folder, in a run of {info.config.recipe}",
            remedy="start a new run with your file",
        )
    return file
