"""What a report shows, gathered from a run before anything is drawn or written."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.data.dataset import Split
from digitlab.data.splits import Splits
from digitlab.errors import RunError
from digitlab.evaluation.mistakes import Mistake, worst_mistakes
from digitlab.report.formula import Formula, Walk, find_formula, walk
from digitlab.runs.run import Predictions, Result, Run

SAMPLES = 30
MOST_MISTAKES = 24
MOST_NUMBERS = 32  # rows and columns of an image that is shown as numbers
WALKED = 0  # the test image that is taken through the formula: the first, so that nobody chose it


@dataclass(frozen=True)
class Contents:
    """All that the page and the figures are made of.

    Attributes:
        formula, walk: None unless the model is softmax regression.
    """

    run: Run
    result: Result
    splits: Splits
    predictions: Predictions
    mistakes: list[Mistake]
    formula: Formula | None
    walk: Walk | None

    @property
    def names(self) -> tuple[str, ...]:
        """The class names."""
        return self.run.info.dataset.class_names

    @property
    def samples(self) -> Split:
        """The first training images."""
        return self.splits.train.take(np.arange(min(SAMPLES, len(self.splits.train))))

    @property
    def mistakes_in_all(self) -> int:
        """How many test images were taken for another class."""
        return int((self.predictions.probabilities.argmax(axis=1) != self.predictions.labels).sum())

    @property
    def never_inked(self) -> int:
        """How many pixels are 0 in every training image."""
        return int((~self.splits.train.images.any(axis=0)).sum())

    @property
    def numbers(self) -> NDArray[np.uint8]:
        """The first test image as [rows, columns] of numbers, of a large one the middle, in colour what is red."""
        image = self.splits.test.images[WALKED]
        plane: NDArray[np.uint8] = image if image.ndim == 2 else image[..., 0]
        top, left = (max(0, (side - MOST_NUMBERS) // 2) for side in plane.shape)
        return plane[top : top + MOST_NUMBERS, left : left + MOST_NUMBERS]

    @property
    def numbers_of(self) -> str:
        """Which part of the image that is; empty where it is all of it."""
        spec = self.splits.test.spec
        parts = ["in its middle"] * (spec.longest > MOST_NUMBERS) + ["how much red there is"] * (spec.channels == 3)
        return ", ".join(parts).capitalize()

    @property
    def command(self) -> str:
        """What does the same run again: a command, or a line of Python where it had a step of its own."""
        config, training = self.run.info.config, self.run.info.config.training
        if config.train_step:
            settings = ", ".join(f"{name}={value!r}" for name, value in training.model_dump().items())
            return f"digitlab.train({config.recipe!r}, {config.data!r}, train_step={config.train_step}, {settings})"
        words = ["digitlab", "train", config.recipe, "--data", config.data]
        for option in ("epochs", "batch_size", "learning_rate", "seed"):
            if (value := getattr(training, option)) is not None:
                words += [f"--{option.replace('_', '-')}", str(value)]
        if config.image_size is not None:
            words += ["--image-size", str(config.image_size)]
        flags = {"--gray": config.gray, "--stratified": training.stratified}
        return shlex.join([*words, *(flag for flag, given in flags.items() if given)])


def gather(run: Run, splits: Splits, predictions: Predictions, weights: Mapping[str, NDArray[np.float32]]) -> Contents:
    """Look for the formula and the mistakes (raises RunError where the run has no result yet)."""
    if run.result is None or not run.history:
        raise RunError(
            "only a run with a test result has a report",
            found=f"{run.path} is {run.info.status}, after {len(run.history)} epochs",
            remedy="train again without --no-test",
        )
    mistakes = worst_mistakes(predictions.probabilities, predictions.labels, MOST_MISTAKES)
    formula = find_formula(weights, splits.test.images, predictions)
    image, answer = splits.test.images[WALKED], predictions.probabilities[WALKED]
    steps = None if formula is None else walk(formula, image, answer)
    return Contents(run, run.result, splits, predictions, mistakes, formula, steps)
