"""The report of a run: one self-contained page, and its figures as PNG files."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitlab.data.dataset import Split
from digitlab.data.splits import Splits
from digitlab.errors import RunError
from digitlab.evaluation.metrics import confusion_matrix
from digitlab.evaluation.mistakes import Mistake, worst_mistakes
from digitlab.images.png import NEGATIVE, POSITIVE
from digitlab.report.figures.curves import curves_panels
from digitlab.report.figures.matrices import matrix_panels
from digitlab.report.figures.network import network_panel
from digitlab.report.figures.panel import Figures
from digitlab.report.figures.scores import MANY_CLASSES, classes_panel, confusion_panel
from digitlab.report.figures.softmax_steps import softmax_panels
from digitlab.report.figures.tiles import images_panel, title, weight_images, weight_limit, weights_panel
from digitlab.report.formula import Formula, WorkedExample, find_formula, work_out
from digitlab.report.rendering import render, write_page
from digitlab.runs.run import Predictions, Result, Run

SAMPLES = 30
MAX_MISTAKES = 24
MAX_NUMBERS = 32  # rows and columns of an image that is shown as numbers
EXAMPLE = 0  # the test image that is worked out: the first, so that nobody chose it
MAX_ONE_LINE = 3  # characters of a class name; longer ones get a line of their own


@dataclass(frozen=True)
class RunContents:
    """All that the page and its figures show; `formula` and `example` only of softmax regression."""

    run: Run
    result: Result
    splits: Splits
    predictions: Predictions
    mistakes: list[Mistake]
    formula: Formula | None
    example: WorkedExample | None

    @property
    def names(self) -> tuple[str, ...]:
        """The class names."""
        return self.run.info.dataset.class_names

    @property
    def samples(self) -> Split:
        """Training images, evenly spaced, since a folder of classes comes class by class."""
        count = len(self.splits.train)
        return self.splits.train.take(np.linspace(0, count - 1, min(SAMPLES, count)).astype(np.int64))

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The predicted class of each test image, [N]."""
        predicted: NDArray[np.int64] = self.predictions.probabilities.argmax(axis=1)
        return predicted

    @property
    def mistake_count(self) -> int:
        """How many test images were misclassified."""
        return int((self.predicted != self.predictions.labels).sum())

    @property
    def always_zero(self) -> int:
        """How many pixels are 0 in every training image."""
        return int((~self.splits.train.images.any(axis=0)).sum())

    @property
    def numbers(self) -> NDArray[np.uint8]:
        """The first test image, uint8 [rows, columns]: of a large one the centre, of a coloured one the red channel."""
        image = self.splits.test.images[EXAMPLE]
        plane: NDArray[np.uint8] = image if image.ndim == 2 else image[..., 0]
        top, left = (max(0, (side - MAX_NUMBERS) // 2) for side in plane.shape)
        return plane[top : top + MAX_NUMBERS, left : left + MAX_NUMBERS]

    @property
    def numbers_caption(self) -> str:
        """Which part of the image `numbers` are; empty where they are all of it."""
        spec = self.splits.test.spec
        parts = ["its centre"] * (spec.longest > MAX_NUMBERS) + ["the red channel"] * (spec.channels == 3)
        return ", ".join(parts).capitalize()

    @property
    def command(self) -> str:
        """What repeats the run: a command, or a line of Python where it had a step of its own."""
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


def gather(
    run: Run, splits: Splits, predictions: Predictions, weights: Mapping[str, NDArray[np.float32]]
) -> RunContents:
    """Find the formula and the mistakes (raises RunError: the run has no test result)."""
    if run.result is None or not run.history:
        raise RunError(
            "only a run with a test result has a report",
            found=f"{run.path} is {run.info.status}, after {len(run.history)} epochs",
            remedy="train again without --no-test",
        )
    mistakes = worst_mistakes(predictions.probabilities, predictions.labels, MAX_MISTAKES)
    formula = find_formula(weights, splits.test.images, predictions)
    image, answer = splits.test.images[EXAMPLE], predictions.probabilities[EXAMPLE]
    example = None if formula is None else work_out(formula, image, answer)
    return RunContents(run, run.result, splits, predictions, mistakes, formula, example)


def write_report(
    run: Run, splits: Splits, predictions: Predictions, weights: Mapping[str, NDArray[np.float32]]
) -> Path:
    """Write `report.html` and `figures/*.png` into the run's folder; return the page.

    The images of the weights and the sections on the formula are there for softmax regression only.

    Args:
        run: a run with a test result.
        splits: the data it was trained on.
        predictions: its predictions for the test part, in the order of `splits.test`.
        weights: the model's variables by path; those of softmax regression end with "kernel" and "bias".

    Raises:
        RunError: the run has no test result.
        StorageError: a file cannot be written.
    """
    contents = gather(run, splits, predictions, weights)
    figures = _figures(contents)
    formula = contents.formula
    weight = None if formula is None else weight_images(formula.kernel, splits.test.spec)
    text = render(
        "run.html",
        figures,
        contents=contents,
        run=run,
        result=contents.result,
        names=contents.names,
        splits=splits,
        many=len(contents.names) > MANY_CLASSES,
        weight_images=weight,
        limit=None if weight is None else weight_limit(weight),
        colours=(NEGATIVE, (255, 255, 255), POSITIVE),
    )
    return write_page(run.path, text, figures | _image_figures(contents))


def _figures(contents: RunContents) -> Figures:
    """The figures that the page shows as SVG."""
    splits, names = contents.splits, contents.names
    matrix = confusion_matrix(contents.predicted, contents.predictions.labels, len(names))
    figures = {
        "curves": curves_panels(contents.run.history),
        "matrices": matrix_panels(splits.train, names),
        "confusion": [confusion_panel(matrix, names)],
        "classes": [classes_panel(contents.result.classes, contents.result.test_accuracy)],
    }
    if contents.example:
        figures["model"] = [network_panel(splits.test.images[0].size, names)]
        figures["formula"] = softmax_panels(splits.test.images[EXAMPLE], names, contents.example.softmax)
    return figures


def _image_figures(contents: RunContents) -> Figures:
    """The figures that the page shows as rows of images, which wrap on a narrow screen."""
    test, names, samples = contents.splits.test, contents.names, contents.samples
    figures = {"samples": [images_panel(samples.images, [title(names[n]) for n in samples.labels], "Training images")]}
    if contents.mistakes:
        gap = " → " if max(map(len, names)) <= MAX_ONE_LINE else "\n→ "
        titles = [gap.join((title(names[m.label]), title(names[m.predicted]))) for m in contents.mistakes]
        images = test.images[[m.index for m in contents.mistakes]]
        figures["mistakes"] = [images_panel(images, titles, "The worst mistakes", columns=8)]
    if contents.formula:
        figures["weights"] = [weights_panel(contents.formula.kernel, names, test.spec)]
    return figures
