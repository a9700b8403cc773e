"""One training as a worker is given it: whole, so that it can be done on any machine."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from digitlab.config import RunConfig
from digitlab.data.dataset import Dataset
from digitlab.errors import DigitlabError
from digitlab.runs.directory import Source
from digitlab.runs.reuse import equal_runs
from digitlab.runs.run import EpochRecord, Run, RunInfo
from digitlab.training.listeners import Listener
from digitlab.training.setup import source_of
from digitlab.training.steering import StopRequested


@dataclass(frozen=True)
class Trial:
    """One training to be done.

    Attributes:
        config: what is asked for.
        source: the user's file, None for a recipe.
    """

    config: RunConfig
    source: Source | None = None

    @classmethod
    def of(cls, config: RunConfig) -> Trial:
        """The training of `config`, with the user's file as it is now."""
        return cls(config, source_of(config.recipe))


@dataclass(frozen=True)
class Outcome:
    """How a trial ended.

    Attributes:
        kind: a training that was stopped through its folder has not failed, and is not tried again.
        path: the run's folder, where it is done.
        reason: in words, where it is not.
    """

    kind: Literal["done", "stopped", "failed"]
    path: Path | None = None
    reason: str = ""


def carry_out(trial: Trial, dataset: Dataset, out: Path, tell: Callable[[int], None]) -> Outcome:
    """Do a training: a run of it in `out` is used or resumed, else begun.

    So whoever tries it again after a worker was killed goes on from the last complete epoch.

    Args:
        trial: what to do.
        dataset: on which.
        out: the folder for the runs.
        tell: called with the complete epochs when the training begins and after each epoch.
    """
    try:
        return Outcome("done", _find_or_begin(trial, dataset, out, _Teller(tell)).path)
    except StopRequested:
        return Outcome("stopped", reason="it was asked to stop")
    except DigitlabError as error:
        return Outcome("failed", reason=error.line)


def _find_or_begin(trial: Trial, dataset: Dataset, out: Path, listener: Listener) -> Run:
    from digitlab.experiments.train import begin, resume

    (present,) = equal_runs([trial.config], dataset.sha256, out).runs
    if present is not None and present.info.status == "done":
        return present
    if present is not None:
        # trusted: its program is, byte for byte, the file that the comparison was given
        return resume(present.path, dataset, listeners=[listener], report=False, trust=True)
    with tempfile.TemporaryDirectory(prefix="digitlab-") as folder:
        file = _file_of(trial, Path(folder))
        return begin(trial.config, dataset, trial.source, out=out, file=file, report=False, listener=listener)


def _file_of(trial: Trial, folder: Path) -> Path | None:
    """Where the user's file is; None: where the config says, and what lies beside it can be imported there."""
    if trial.source is None or source_of(trial.config.recipe) == trial.source:
        return None
    file = folder / trial.source.name
    file.write_bytes(trial.source.content)
    return file


class _Teller(Listener):
    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell

    def started(self, path: Path, info: RunInfo, epoch: int) -> None:
        self._tell(epoch)

    def epoch_ended(self, record: EpochRecord) -> None:
        self._tell(record.epoch)
