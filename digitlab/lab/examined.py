"""The test images of a run, with what it answered to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitlab.config import RunConfig
from digitlab.data.dataset import Dataset
from digitlab.data.sources import load
from digitlab.data.splits import split
from digitlab.errors import RunError
from digitlab.evaluation.metrics import confusion_matrix
from digitlab.evaluation.paired import Agreement
from digitlab.experiments.pair import agree
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import Predictions, Run


@dataclass(frozen=True)
class Examined:
    """A finished run, opened at its test part.

    Attributes:
        run: as it stands.
        images: uint8 [N, height, width] or [N, height, width, 3].
        predictions: its answers.
        order: the indices of all images, the surest answer first.
        matrix: counts [classes, classes], row the true class, column the answer.
    """

    run: Run
    images: NDArray[np.uint8]
    predictions: Predictions
    order: NDArray[np.int64]
    matrix: NDArray[np.int64]

    @property
    def answers(self) -> NDArray[np.int64]:
        """The class that was answered, [N]."""
        answers: NDArray[np.int64] = self.predictions.probabilities.argmax(axis=1)
        return answers

    @property
    def wrong(self) -> NDArray[np.int64]:
        """The images that were misread, the surest mistake first."""
        return self._ordered(self.answers != self.predictions.labels)

    def cell(self, label: int, answer: int) -> NDArray[np.int64]:
        """The images of one class that were taken for another (or recognised), the surest answer first."""
        return self._ordered((self.predictions.labels == label) & (self.answers == answer))

    def _ordered(self, there: NDArray[np.bool_]) -> NDArray[np.int64]:
        indices: NDArray[np.int64] = self.order[there[self.order]]
        return indices

    def title(self, index: int) -> str:
        """«4 → 9, 98%»: what it is, what was answered, and how sure that was."""
        names, probabilities = self.run.info.dataset.class_names, self.predictions.probabilities[index]
        label, answer = int(self.predictions.labels[index]), int(probabilities.argmax())
        told = names[label] if label == answer else f"{names[label]} → {names[answer]}"
        return f"{told}, {probabilities[answer]:.0%}"


def examine_run(path: Path) -> Examined:
    """Open a finished run at its test part.

    Raises:
        RunError: it has no answers, or its data is not what it was.
        DataError: its data cannot be had.
    """
    directory = RunDirectory(path)
    run, predictions = directory.read(), directory.predictions
    images = _test_images(run)
    answers = predictions.probabilities.argmax(axis=1)
    order = np.argsort(-predictions.probabilities.max(axis=1), kind="stable")
    matrix = confusion_matrix(answers, predictions.labels, predictions.probabilities.shape[1])
    return Examined(run, images, predictions, order, matrix)


def compare_two(first: Path, second: Path) -> tuple[Agreement, Examined, Examined]:
    """Two finished runs, and where they agree (raises RunError where they cannot be compared, DataError)."""
    directories = RunDirectory(first), RunDirectory(second)
    found = agree(*directories, _dataset(directories[0].info.config))
    return found, examine_run(first), examine_run(second)


def _test_images(run: Run) -> NDArray[np.uint8]:
    dataset, training = _dataset(run.info.config), run.info.config.training
    if dataset.sha256 != run.info.dataset.sha256:
        raise RunError(
            f"the data of {run.path.name} is not what it was",
            found=f"sha256 {dataset.sha256[:12]}… where {run.info.dataset.sha256[:12]}… is needed",
            remedy="bring the old data back",
        )
    return split(dataset, training.seed, stratified=training.stratified).test.images


def _dataset(config: RunConfig) -> Dataset:
    return _loaded(config.data, config.image_size, config.gray)


@lru_cache(maxsize=2)
def _loaded(name: str, image_size: int | None, gray: bool) -> Dataset:
    return load(name, image_size=image_size, gray=gray)
