"""Two trained networks on the same test images: where they agree, and whether one is better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import DataError
from digitlab.evaluation import sentences
from digitlab.evaluation.intervals import Interval, exact_mcnemar, paired_interval


@dataclass(frozen=True)
class Agreement:
    """Which test images two networks classify correctly; says nothing about their recipes.

    Attributes:
        names: of the first (the baseline) and the second.
        both, only_first, only_second, none: indices of the images, ascending.
        accuracies: of the first and the second, fractions.
        difference: second − first, in percentage points.
        difference_interval: 95%, percentage points, over test images (Agresti and Min).
        p_value: exact McNemar, two-sided.
        sentence: the conclusion.
    """

    names: tuple[str, str]
    both: NDArray[np.int64]
    only_first: NDArray[np.int64]
    only_second: NDArray[np.int64]
    none: NDArray[np.int64]
    accuracies: tuple[float, float]
    difference: float
    difference_interval: Interval
    p_value: float
    sentence: str


def agreement(
    first: NDArray[np.float32], second: NDArray[np.float32], labels: NDArray[np.int64], names: tuple[str, str]
) -> Agreement:
    """Compare two networks by their stored answers.

    Args:
        first: [N, classes], probabilities of the baseline.
        second: [N, classes], of the other, for the same images in the same order.
        labels: [N].
        names: of the first and the second.

    Raises:
        DataError: no image, or answers to different numbers of images.
    """
    if not len(first) == len(second) == len(labels) > 0:
        raise DataError(
            "two networks can only be compared on the same test images",
            found=f"{names[0]} answered {len(first):,}, {names[1]} {len(second):,}; there are {len(labels):,} labels",
            remedy="compare runs that were tested on the same data",
        )
    right, other = first.argmax(axis=1) == labels, second.argmax(axis=1) == labels
    only_first, only_second = np.flatnonzero(right & ~other), np.flatnonzero(other & ~right)
    n, alone = len(labels), (len(only_first), len(only_second))
    low, high = paired_interval(alone[1], alone[0], n)
    interval, p_value = Interval(100 * low, 100 * high), exact_mcnemar(*alone)
    return Agreement(
        names=names,
        both=np.flatnonzero(right & other),
        only_first=only_first,
        only_second=only_second,
        none=np.flatnonzero(~right & ~other),
        accuracies=(float(right.mean()), float(other.mean())),
        difference=100 * (alone[1] - alone[0]) / n,
        difference_interval=interval,
        p_value=p_value,
        sentence=sentences.on_networks(names, alone, n, interval, p_value),
    )
