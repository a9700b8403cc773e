"""What may be done while a training goes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from digitlab.base.findings import Finding
from digitlab.runs.run import EpochRecord, ReadBack, Result, RunInfo


class Listener:
    """Told of each event in a training; override what you care about."""

    def checking(self) -> None:
        """The user's file is about to be checked, which takes some seconds."""

    def checked(self, findings: Sequence[Finding]) -> None:
        """The check is done."""

    def preparing(self) -> None:
        """TensorFlow is about to be loaded, which takes some seconds."""

    def started(self, path: Path, info: RunInfo, epoch: int) -> None:
        """The training in folder `path` begins, with `epoch` epochs done before."""

    def stepped(self, epoch: int, done: int, steps: int) -> None:
        """Of epoch `epoch`, `done` of `steps` steps are done."""

    def epoch_ended(self, record: EpochRecord) -> None:
        """An epoch is complete, validated and safe on disk."""

    def noted(self, text: str) -> None:
        """Something that the user should know."""

    def tested(self, result: Result) -> None:
        """The test part was opened."""

    def read_back(self, answers: ReadBack) -> None:
        """The bundle has read the validation images as pictures."""

    def stopped(self) -> None:
        """The training ended, well or not: let go of what you hold."""
