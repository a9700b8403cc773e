"""The test images of a run with its predictions."""

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
    """A finished run and its test part."""

    run: Run
    images: NDArray[np.uint8]  # [N, height, width] or [N, height, width, 3]
    predictions: Predictions  # for these images
    order: NDArray[np.int64]  # the indices of all images, the most confident prediction first
    matrix: NDArray[np.int64]  # counts [classes, classes], row the true class, column the predicted one

    @property
    def answers(self) -> NDArray[np.int64]:
        """The predicted classes, [N]."""
        answers: NDArray[np.int64] = self.predictions.probabilities.argmax(axis=1)
        return answers

    @property
    def wrong(self) -> NDArray[np.int64]:
        """The misclassified images, the most confident mistake first."""
        return self._ordered(self.answers != self.predictions.labels)

    def cell(self, label: int, answer: int) -> NDArray[np.int64]:
        """The images of one class that were predicted as another (or the same), the most confident first."""
        return self._ordered((self.predictions.labels == label) & (self.answers == answer))

    def _ordered(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        indices: NDArray[np.int64] = self.order[chosen[self.order]]
        return indices

    def title(self, index: int) -> str:
        """Like "4 → 9, 98%": true class, predicted class, and its probability."""
        names, probabilities = self.run.info.dataset.class_names, self.predictions.probabilities[index]
        label, answer = int(self.predictions.labels[index]), int(probabilities.argmax())
        classes = names[label] if label == answer else f"{names[label]} → {names[answer]}"
        return f"{classes}, {probabilities[answer]:.0%}"


def examine_run(path: Path) -> Examined:
    """Load a finished run and its test part.

    Raises:
        RunError: it has no predictions, or its data has changed.
        DataError: its data cannot be loaded.
    """
    directory = RunDirectory(path)
    run, predictions = directory.read(), directory.predictions
    images = _test_images(run)
    answers = predictions.probabilities.argmax(axis=1)
    order = np.argsort(-predictions.probabilities.max(axis=1), kind="stable")
    matrix = confusion_matrix(answers, predictions.labels, predictions.probabilities.shape[1])
    return Examined(run, images, predictions, order, matrix)


def compare_two(first: Path, second: Path) -> tuple[Agreement, Examined, Examined]:
    """Two finished runs, and where they agree (raises RunError: they cannot be compared, DataError)."""
    directories = RunDirectory(first), RunDirectory(second)
    found = agree(*directories, _dataset(directories[0].info.config))
    return found, examine_run(first), examine_run(second)


def _test_images(run: Run) -> NDArray[np.uint8]:
    dataset, training = _dataset(run.info.config), run.info.config.training
    if dataset.sha256 != run.info.dataset.sha256:
        raise RunError(
            f"the data of {run.path.name} has changed",
            found=f"SHA-256 {dataset.sha256[:12]}… instead of {run.info.dataset.sha256[:12]}…",
            remedy="restore the old data",
        )
    return split(dataset, training.seed, stratified=training.stratified).test.images


def _dataset(config: RunConfig) -> Dataset:
    return _loaded(config.data, config.image_size, config.gray)


@lru_cache(maxsize=2)
def _loaded(name: str, image_size: int | None, gray: bool) -> Dataset:
    return load(name, image_size=image_size, gray=gray)
