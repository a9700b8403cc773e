"""Several networks of one recipe on the same split, distilled into one more.

The members are runs like any other.  A stopped ensemble continues where it was: finished networks are used again, an
interrupted one is resumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from digitlab.data.dataset import Dataset
from digitlab.data.sources import dataset_of
from digitlab.errors import UsageError
from digitlab.experiments.train import resume, train
from digitlab.programs.spec import is_file_spec
from digitlab.runs.catalog import DEFAULT_FOLDER
from digitlab.runs.directory import RunDirectory
from digitlab.runs.reuse import equal_runs
from digitlab.runs.run import Run
from digitlab.training.display import listening
from digitlab.training.listeners import Listener
from digitlab.training.setup import run_config, training_config


@dataclass(frozen=True)
class Ensemble:
    """The members, and the network distilled from them."""

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
    listener = listening(listeners)

    def trained(report: bool, **changed: Any) -> Run:
        """A network with these settings: the run that is there already, or a new one."""
        training = training_config(spec, {**settings, **changed})
        config = run_config(spec, dataset, training, test=test, threads=threads)
        reuse = equal_runs([config], dataset.sha256, Path(out))
        for text in reuse.passed_over:
            listener.noted(text)
        (present,) = reuse.runs
        if present is None:
            options = {**settings, **changed, "test": test, "threads": threads, "report": report}
            return train(spec, dataset, out=out, listeners=[listener], **options)
        if present.info.status == "done":
            return present
        return resume(present.path, dataset, report=report, listeners=[listener])

    runs = []
    for number in range(1, members + 1):
        listener.noted(f"network {number} of {members}")
        runs.append(trained(report=False, member=number))
    listener.noted(f"distilling the {members} into one network")
    teachers = tuple(str(run.path.resolve()) for run in runs)
    return Ensemble(tuple(runs), trained(report=True, teachers=teachers, label_smoothing=0.0))


def _refuse_wrong_use(spec: str, members: int) -> None:
    if is_file_spec(spec):
        raise UsageError("an ensemble needs a recipe", found=spec, remedy="give a recipe, as fast or accurate")
    if members < 2:
        raise UsageError("an ensemble needs two networks", found=f"--ensemble {members}", remedy="give 2 or more")
