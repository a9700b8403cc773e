"""The training, validation and test part: to learn from, to decide by, to open once at the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.data.dataset import Dataset, Split
from digitlab.errors import DataError

TEST_SHARE = 7  # one image in 7 is for the test where the source has no test part (as in MNIST, 10,000 of 70,000)
VALIDATION_SHARE = 12  # one of the others in 12 is for validation (as in the lab, 5,000 of 60,000)
MIN_PER_CLASS = 3  # so that all three parts, drawn by class, hold each class


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
        stratified: draw the validation part class by class, in the proportions of the whole, as the test part always
            is.

    Raises:
        DataError: too few images for three parts, or only one class.
    """
    rng = np.random.default_rng([seed, 0x5B117])  # a separate stream: independent of the batch order
    rest, test = dataset.train, dataset.test
    _refuse_unusable(rest, needs_test=test is None)
    if test is None:
        chosen = _draw_by_class(rest.labels, TEST_SHARE, rng)
        rest, test = rest.take(np.flatnonzero(~chosen)), rest.take(np.flatnonzero(chosen))
    draw = _draw_by_class if stratified else _draw
    chosen = draw(rest.labels, VALIDATION_SHARE, rng)
    return Splits(rest.take(np.flatnonzero(~chosen)), rest.take(np.flatnonzero(chosen)), test)


def _draw(labels: NDArray[np.int64], share: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A mask that chooses one in `share` images, at least one."""
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


def _refuse_unusable(part: Split, *, needs_test: bool) -> None:
    if len(part) < VALIDATION_SHARE:
        raise DataError(
            "too few images to train, validate and test",
            found=f"{len(part)} images",
            remedy=f"give at least {VALIDATION_SHARE}",
        )
    labels, counts = np.unique(part.labels, return_counts=True)
    if len(labels) == 1:
        raise DataError(
            "there is only one class",
            found=f"{len(part):,} images, all of class {labels[0]}",
            remedy="give images of at least two classes",
        )
    if needs_test and counts.min() < MIN_PER_CLASS:
        raise DataError(
            "a class has too few images to be in the training, validation and test part",
            found=f"class {labels[counts.argmin()]} has {counts.min()}",
            remedy=f"give at least {MIN_PER_CLASS} images of each class",
        )
