"""One training and what it left behind, read from its folder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from digitlab.base.findings import Finding
from digitlab.config import RunConfig
from digitlab.evaluation.intervals import wilson_interval
from digitlab.evaluation.metrics import class_scores, confusion_matrix
from digitlab.runs.notebook import to_html
from digitlab.visible import one_line

Status = Literal["running", "interrupted", "failed", "done"]


class DatasetInfo(BaseModel):
    """Which data a run was given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sha256: str
    train: int
    validation: int
    test: int
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def short_name(self) -> str:
        """The name, or the last part of a path."""
        return Path(self.name).name


class RateChange(BaseModel):
    """A learning rate that was set while the training ran."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epoch: int  # in which it was set, from 1
    learning_rate: float


class ReadBack(BaseModel):
    """Validation images read as `predict` reads pictures, beside what the model says of them in training."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: int
    right: int  # as pictures, through the preprocessing of the bundle
    right_in_training: int  # as they are

    @property
    def text(self) -> str:
        """What is printed at the end of a training."""
        share = self.right / self.images
        return f"predict reads {share:.1%} of {self.images:,} validation pictures right"

    @property
    def problem(self) -> str | None:
        """In words, that pictures reach the model otherwise than in training; None where they do not."""
        low, high = wilson_interval(self.right_in_training, self.images)
        if wilson_interval(self.right, self.images).high >= low:  # to prepare digits costs some
            return None
        trained = self.right_in_training / self.images
        return f"error: {self.text}, but in training {trained:.1%} are ({low:.1%} to {high:.1%}): do not trust predict"


class RunInfo(BaseModel):
    """What `run.json` holds: all that is needed to judge the run, and to do it again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1  # raised when a field is renamed or changes its meaning
    config: RunConfig
    dataset: DatasetInfo
    model: str  # what was trained, in words: "softmax regression"
    parameters: int
    started: str  # ISO 8601, UTC
    status: Status
    test_looks: int = 0  # how often the test part was opened
    no_bundle: str | None = None  # why there is none
    read_back: ReadBack | None = None  # None where there is no bundle
    versions: dict[str, str]
    machine: dict[str, str | int]
    findings: tuple[Finding, ...] = ()  # of the check of a user's file
    rate_changes: tuple[RateChange, ...] = ()  # so that nobody takes the run for one with the settings above
    resumed_with: tuple[str, ...] = ()  # versions and machine of a resume, where they were others
    watched: bool = False  # the loop is a script's own, see `digitlab.watch`

    @property
    def rate_text(self) -> str:
        """The rates that were set while the training ran, in words; empty where none was."""
        return ", ".join(f"{change.learning_rate:g} in epoch {change.epoch}" for change in self.rate_changes)


class EpochRecord(BaseModel):
    """One line of `history.csv`."""

    model_config = ConfigDict(frozen=True)

    epoch: int  # from 1
    train_loss: float  # running mean over the epoch's steps, as in the lab
    train_accuracy: float
    valid_loss: float
    valid_accuracy: float
    seconds: float


@dataclass(frozen=True)
class Predictions:
    """What a run answered on the test part: `predictions.npz`."""

    probabilities: NDArray[np.float32]  # [N, classes]
    labels: NDArray[np.int64]  # [N]


class ClassResult(BaseModel):
    """How often test images of one class were recognised."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    right: int
    n: int
    interval: tuple[float, float]


class Result(BaseModel):
    """What `result.json` holds: the test part, opened once at the end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    test_loss: float
    test_accuracy: float
    test_interval: tuple[float, float]  # 95%, Wilson
    test_images: int
    classes: tuple[ClassResult, ...]
    seconds: float  # from the first step to the last
    milliseconds_per_image: float  # to predict, in batches of 1,000

    @classmethod
    def of(
        cls,
        predictions: Predictions,
        class_names: Sequence[str],
        *,
        loss: float,
        seconds: float,
        milliseconds_per_image: float,
    ) -> Result:
        """The result that follows from what a model answered, and what it cost."""
        n = len(predictions.labels)
        matrix = confusion_matrix(predictions.probabilities.argmax(axis=1), predictions.labels, len(class_names))
        right = int(np.trace(matrix))
        return cls(
            test_loss=loss,
            test_accuracy=right / n,
            test_interval=wilson_interval(right, n),
            test_images=n,
            classes=tuple(
                ClassResult(name=name, right=score.right, n=score.n, interval=score.interval)
                for name, score in zip(class_names, class_scores(matrix), strict=True)
            ),
            seconds=seconds,
            milliseconds_per_image=milliseconds_per_image,
        )

    @property
    def sentence(self) -> str:
        """The accuracy with its interval: "92.01% (91.46 to 92.53)"."""
        low, high = self.test_interval
        return f"{self.test_accuracy:.2%} ({100 * low:.2f} to {100 * high:.2f})"


@dataclass(frozen=True)
class Run:
    """A finished or unfinished training.

    Attributes:
        path: its folder.
        info: what was asked for, on which data and machine.
        history: a record for each complete epoch.
        result: the test result, None before the test part was opened.
        active: a process is at work in the folder.
    """

    path: Path
    info: RunInfo
    history: tuple[EpochRecord, ...]
    result: Result | None
    active: bool = False

    @property
    def state(self) -> str:
        """The stored status, or "stopped" for a run whose process was killed before it could write it down."""
        return "stopped" if self.info.status == "running" and not self.active else self.info.status

    @property
    def seconds(self) -> float:
        """How long the complete epochs took, validation included."""
        return sum(record.seconds for record in self.history)

    @property
    def report(self) -> Path:
        """The page to look at; it exists when the test part was opened."""
        return self.path / "report.html"

    def facts(self) -> dict[str, str]:
        """The run in a few lines, for people."""
        facts = {
            "run": str(self.path),
            "status": self.state,
            "model": f"{self.info.model}, {self.info.parameters:,} parameters",
            **self._asked_for(),
            "epochs done": f"{len(self.history)}, {self.seconds:.1f} s",
        }
        if self.info.resumed_with:
            facts["resumed with"] = "; ".join(self.info.resumed_with)
        if self.info.rate_changes:
            facts["rate changed to"] = self.info.rate_text
        if self.history and not math.isnan(self.history[-1].valid_accuracy):
            facts["validation accuracy"] = f"{self.history[-1].valid_accuracy:.2%}"
        if self.result:
            facts["test accuracy"] = f"{self.result.sentence}, 95% Wilson interval"
        return facts

    def _asked_for(self) -> dict[str, str]:
        training, data = self.info.config.training, self.info.dataset
        if self.info.watched:
            epochs = f"{training.epochs} epochs; the rest" if training.epochs > 1 else "those"
            return {"data": "unknown: the script loads it", "settings": f"{epochs} of the script's own loop"}
        return {
            "data": f"{data.name}: {data.train:,} training, {data.validation:,} validation, {data.test:,} test images",
            "settings": f"{training.epochs} epochs, batches of {training.batch_size}, "
            f"{training.optimizer_text}, seed {training.seed}",
        }

    def describe(self) -> str:
        """The facts as lines of text."""
        facts = self.facts()
        width = max(map(len, facts))
        return "\n".join(one_line(f"{key:<{width}}  {value}") for key, value in facts.items())

    def _repr_html_(self) -> str:
        return to_html(self)
