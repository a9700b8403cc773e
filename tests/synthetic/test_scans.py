"""Digits as coarse scans bring them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitlab.data.dataset import Dataset
from digitlab.synthetic.scans import scanned


def box(image: NDArray[np.uint8]) -> tuple[int, int]:
    """Height and width of the ink."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def test_they_stay_in_the_frame_and_follow_from_the_generator(digits: Dataset) -> None:
    images = digits.train.images[:50]
    once = scanned(images, np.random.default_rng(3))
    assert once.shape == (50, 28, 28)
    assert once.dtype == np.uint8
    assert max(max(box(image)) for image in once) <= 22
    assert np.array_equal(once, scanned(images, np.random.default_rng(3)))
    assert not np.array_equal(once, images)


def test_a_bar_stays_a_bar_and_all_else_is_as_wide_as_digits_are() -> None:
    bar, square = np.zeros((2, 28, 28), np.uint8)
    bar[4:24, 13:16] = 255
    square[4:24, 9:20] = 255
    square[7:21, 12:17] = 0
    (high, narrow), (tall, wide) = (box(image) for image in scanned(np.stack([bar, square]), np.random.default_rng(0)))
    assert narrow < 0.4 * high
    assert 0.6 * tall <= wide <= 0.8 * tall
