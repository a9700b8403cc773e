"""The page of two networks on the same test images, and the part of it that the page of a comparison shows too."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitlab.data.dataset import Dataset, Split
from digitlab.data.splits import split
from digitlab.errors import DataError
from digitlab.evaluation.paired import Agreement
from digitlab.report.figures.pair import pair_panel
from digitlab.report.figures.panel import Figures, Panel
from digitlab.report.figures.tiles import images_panel, title
from digitlab.report.rendering import render, write_page
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import Predictions, Run

MAX_IMAGES = 24  # of each group


@dataclass(frozen=True)
class Misread:
    """A test image with its wrong answers: of one network, or of both (once where they are the same)."""

    index: int
    label: int
    answers: tuple[int, ...]
    probabilities: tuple[float, ...]  # of the wrong answers, one for each network that was wrong


@dataclass(frozen=True)
class Group:
    """The images that only one of the networks got right, or neither."""

    name: str  # of the PNG file
    title: str
    caption: str  # whose answers are shown
    total: int
    images: tuple[Misread, ...]


@dataclass(frozen=True)
class Pair:
    """Two networks, where they agree, and the images on which they do not."""

    found: Agreement
    test: Split
    class_names: tuple[str, ...]
    groups: tuple[Group, ...]

    @property
    def figures(self) -> Figures:
        """The four counts, which the page shows as SVG."""
        found = self.found
        counts = (len(part) for part in (found.both, found.only_first, found.only_second, found.none))
        return {"agreement": [pair_panel(found.names, *counts)]}

    @property
    def image_figures(self) -> Figures:
        """The images, which the page shows as rows that wrap."""
        return {group.name: [self._panel(group)] for group in self.groups if group.images}

    def _panel(self, group: Group) -> Panel:
        names = self.class_names
        titles = [
            f"{title(names[image.label])}\n→ {', '.join(title(names[answer]) for answer in image.answers)}"
            for image in group.images
        ]
        images = self.test.images[[image.index for image in group.images]]
        return images_panel(images, titles, group.title, columns=8)


def pair_of(found: Agreement, runs: tuple[Run, Run], dataset: Dataset) -> Pair:
    """Pick the images to show, those with the most confident mistakes first.

    Args:
        found: where the two networks agree, the first being the baseline.
        runs: the two, each with a test result and its predictions in its folder.
        dataset: what they were tested on.

    Raises:
        RunError: a run has no predictions.
        DataError: the predictions are not of these test images.
    """
    training = runs[0].info.config.training
    test = split(dataset, training.seed, stratified=training.stratified).test
    predictions = [RunDirectory(run.path).predictions for run in runs]
    for each, name in zip(predictions, found.names, strict=True):
        if not np.array_equal(each.labels, test.labels):
            raise DataError(
                f"the stored predictions of {name} do not belong to these test images",
                found=f"{len(each.labels):,} labels, which differ from those of the {len(test):,} test images",
                remedy="compare runs that were tested on the same data",
            )
    first, second = found.names
    groups = (
        _group("only-second", f"Only {second} is right", f"answer of {first}", found.only_second, predictions[:1]),
        _group("only-first", f"Only {first} is right", f"answer of {second}", found.only_first, predictions[1:]),
        _group("neither", "Neither is right", f"answers of {first} and of {second}", found.none, predictions),
    )
    return Pair(found, test, dataset.class_names, groups)


def write_pair_report(folder: Path, found: Agreement, runs: tuple[Run, Run], dataset: Dataset) -> Path:
    """Write `report.html` and `figures/*.png` into an existing folder; return the page.

    Takes and raises what `pair_of` does, and StorageError: a file cannot be written.
    """
    pair = pair_of(found, runs, dataset)
    command = shlex.join(["digitlab", "compare", *(str(run.path) for run in runs)])
    text = render("pair.html", pair.figures, pair=pair, runs=runs, folder=folder.name, command=command)
    return write_page(folder, text, pair.figures | pair.image_figures)


def _group(name: str, title: str, caption: str, indices: NDArray[np.int64], wrong: Sequence[Predictions]) -> Group:
    """`wrong` are the predictions of the networks that misread these images."""
    confidence = np.max([predictions.probabilities[indices].max(axis=1) for predictions in wrong], axis=0)
    chosen = indices[np.argsort(-confidence, kind="stable")[:MAX_IMAGES]]
    return Group(name, title, caption, len(indices), tuple(_misread(int(index), wrong) for index in chosen))


def _misread(index: int, wrong: Sequence[Predictions]) -> Misread:
    rows = [predictions.probabilities[index] for predictions in wrong]
    answers = tuple(dict.fromkeys(int(row.argmax()) for row in rows))
    return Misread(index, int(wrong[0].labels[index]), answers, tuple(float(row.max()) for row in rows))
