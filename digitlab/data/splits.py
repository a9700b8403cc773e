"""Which images are trained on, which decide, and which are opened once at the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.data.dataset import Dataset, Split
from digitlab.errors import DataError

# Of a source without test data, one in seven becomes the test part (as in MNIST, 10,000 of 70,000).
TEST_SHARE = 7
# Of what may be trained on, one in twelve decides (as in the lab, 5,000 of 60,000).
VALIDATION_SHARE = 12
# The least with which all three parts hold at least one image of each class when drawn by class.
FEWEST_PER_CLASS = 3


@dataclass(frozen=True)
class Splits:
    """The three disjoint parts of a dataset."""

    train: Split
    validation: Split
    test: Split


def split(dataset: Dataset, seed: int, *, stratified: bool = False) -> Splits:
    """Split off the validation part (1/12), and a test part (1/7) where the source has none.

    The order of the images inside each part stays that of the source.

    Args:
        dataset: what `digitlab.load` returned.
        seed: the same seed gives the same parts.
        stratified: draw the validation part class by class, so that it has the proportions of the whole.
            A test part that is made here is always drawn class by class.

    Raises:
        DataError: there are too few images to fill the parts, or all are of one class.
    """
    rng = np.random.default_rng([seed, 0x5B117])  # a stream of its own: no draw is shared with the batch order
    rest, test = dataset.train, dataset.test
    _refuse_too_few(rest, enough=VALIDATION_SHARE)
    _refuse_one_class(rest)
    if test is None:
        _refuse_rare_classes(rest)
        chosen = _draw_by_class(rest.labels, TEST_SHARE, rng)
        rest, test = rest.take(np.flatnonzero(~chosen)), rest.take(np.flatnonzero(chosen))
    draw = _draw_by_class if stratified else _draw
    chosen = draw(rest.labels, VALIDATION_SHARE, rng)
    return Splits(rest.take(np.flatnonzero(~chosen)), rest.take(np.flatnonzero(chosen)), test)


def _draw(labels: NDArray[np.int64], share: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A mask with one in `share` images chosen, at least one."""
    chosen = np.zeros(len(labels), bool)
    chosen[rng.choice(len(labels), max(1, len(labels) // share), replace=False)] = True
    return chosen


def _draw_by_class(labels: NDArray[np.int64], share: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """As `_draw`, class by class: each class gives its share, rounded, and at least one image."""
    chosen = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        chosen[rng.choice(members, max(1, round(len(members) / share)), replace=False)] = True
    return chosen


def _refuse_too_few(part: Split, enough: int) -> None:
    if len(part) < enough:
        raise DataError(
            "too few images to train, validate and test",
            found=f"{len(part)} images",
            remedy=f"give at least {enough}",
        )


def _refuse_one_class(part: Split) -> None:
    if part.labels.min() == part.labels.max():
        raise DataError(
            "there is nothing to tell apart",
            found=f"{len(part):,} images, all of class {part.labels[0]}",
            remedy="give images of at least two classes",
        )


def _refuse_rare_classes(part: Split) -> None:
    labels, counts = np.unique(part.labels, return_counts=True)
    if counts.min() < FEWEST_PER_CLASS:
        raise DataError(
            "a class has too few images to be in the training, validation and test part",
            found=f"class {labels[counts.argmin()]} has {counts.min()}",
            remedy=f"give at least {FEWEST_PER_CLASS} images of each class",
        )
