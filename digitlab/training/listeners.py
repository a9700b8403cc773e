"""What may be done while a training goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from digitlab.base.findings import Finding
from digitlab.runs.run import EpochRecord, ReadBack, Result, RunInfo


class Listener:
    """Called at each event of a training; override what you need."""

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
        """The training ended, well or not: release what you hold."""


class Listeners(Listener):
    """Passes each event to all members, in their order."""

    def __init__(self, members: Iterable[Listener]) -> None:
        self.members = tuple(members)


def _pass_on(event: str) -> Callable[..., None]:
    def method(self: Listeners, *arguments: Any) -> None:
        for member in self.members:
            getattr(member, event)(*arguments)

    return method


for _event in [name for name in vars(Listener) if not name.startswith("_")]:
    setattr(Listeners, _event, _pass_on(_event))
