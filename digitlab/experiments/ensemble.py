"""Several networks of one recipe on the same split, and one more that learns what they answer together.

The members are runs like any other.  An ensemble that was stopped goes on where it was: members that are done are used
again, one that was begun is resumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from digitlab.base import machine
from digitlab.config import RunConfig, TrainingConfig, checked
from digitlab.data.dataset import Dataset
from digitlab.data.sources import dataset_of
from digitlab.errors import UsageError
from digitlab.experiments.train import resume, train
from digitlab.programs.spec import is_file_spec
from digitlab.runs.catalog import DEFAULT_FOLDER, list_runs
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import Run
from digitlab.training.display import ProgressDisplay
from digitlab.training.listeners import Listener
from digitlab.training.setup import settings_of


@dataclass(frozen=True)
class Ensemble:
    """The members, and the network that learned from them."""

    members: tuple[Run, ...]
    student: Run

    @property
    def test_accuracy(self) -> float | None:
        """Of the members' mean answer, from what each answered when it opened the test part; None: none did."""
        if self.members[0].result is None:
            return None
        answers = [RunDirectory(member.path).predictions for member in self.members]
        mean = np.mean([answer.probabilities for answer in answers], axis=0)
        return float((mean.argmax(axis=1) == answers[0].labels).mean())


def train_ensemble(
    spec: str,
    data: Dataset | str | None = None,
    *,
    members: int,
    image_size: int | None = None,
    gray: bool = False,
    out: Path | str = DEFAULT_FOLDER,
    test: bool = True,
    threads: int | None = None,
    listeners: Sequence[Listener] | None = None,
    **settings: Any,
) -> Ensemble:
    """Train `members` networks and their student.

    Args:
        spec: a recipe; the student's too.
        data: as for `train`.
        members: how many, at least two.
        image_size: pixels of both sides that the images get, see `digitlab.load`.
        gray: turn them to grey.
        out: the folder for the runs.
        test: open the test part, once for each network.
        threads: as for `train`.
        listeners: as for `train`, for one network after the other.
        settings: as for `train`, for all networks.

    Raises:
        DigitlabError: one of its kinds.
    """
    _refuse_wrong_use(spec, members)
    dataset = dataset_of(data, image_size, gray)
    told: list[Listener] = [ProgressDisplay()] if listeners is None else list(listeners)
    common: dict[str, Any] = {"out": out, "test": test, "threads": threads, "listeners": told}
    runs = []
    for number in range(1, members + 1):
        for listener in told:
            listener.noted(f"network {number} of {members}")
        asked = {**settings, "member": number}
        present = _present(_config(spec, dataset, test, threads, asked), dataset, Path(out))
        if present is None:
            run = train(spec, dataset, report=False, **common, **asked)
        else:
            run = present if present.info.status == "done" else resume(present.path, dataset, listeners=told)
        runs.append(run)
    for listener in told:
        listener.noted(f"one network that learns from the {members}")
    learning = {**settings, "teachers": tuple(str(run.path.resolve()) for run in runs), "label_smoothing": 0.0}
    return Ensemble(tuple(runs), train(spec, dataset, **common, **learning))


def _config(spec: str, dataset: Dataset, test: bool, threads: int | None, settings: dict[str, Any]) -> RunConfig:
    training = checked(TrainingConfig, **{**settings_of(spec).model_dump(), **settings})
    return RunConfig(
        recipe=spec,
        data=dataset.name,
        image_size=dataset.image_size,
        gray=dataset.gray,
        training=training,
        test=test,
        threads=threads,
    )


def _present(config: RunConfig, dataset: Dataset, out: Path) -> Run | None:
    """A run in `out` that is this training, done or begun; one that failed, or is at work, is none."""
    for run in list_runs(out):
        info = run.info
        same = (info.config, info.dataset.sha256, info.versions) == (config, dataset.sha256, machine.versions())
        if same and info.status != "failed" and not run.active:
            return run
    return None


def _refuse_wrong_use(spec: str, members: int) -> None:
    if is_file_spec(spec):
        raise UsageError(
            "an ensemble is made of a recipe's networks", found=spec, remedy="give a recipe, as fast or accurate"
        )
    if members < 2:
        raise UsageError("one network is no ensemble", found=f"--ensemble {members}", remedy="give 2 or more")
