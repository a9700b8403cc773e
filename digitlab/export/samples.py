"""Pictures drawn by program, with which exports are tried and whose answers a bundle keeps; no data is given away."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from digitlab.data import nondigits as drawn
from digitlab.data import synthetic
from digitlab.data.dataset import Split

SEED = 1  # not that of the synthetic digits which people train on
IMAGES, PICTURES = 20, 10
PICTURE_SIDE, ENLARGED = 64, 2
NONDIGITS = 100  # of each kind


@cache
def digits() -> Split:
    """200 synthetic digits, the classes even."""
    return synthetic.generate(SEED, train=200, test=10).train


@cache
def nondigits() -> NDArray[np.uint8]:
    """Pictures of no digit, uint8 [N, 28, 28]."""
    return drawn.nondigits(NONDIGITS, SEED)


def golden_images() -> NDArray[np.uint8]:
    """Two of each digit: uint8 [20, 28, 28]."""
    by_class = np.argsort(digits().labels, kind="stable")
    return digits().images[by_class[:: len(by_class) // IMAGES][:IMAGES]]


def golden_pictures() -> NDArray[np.uint8]:
    """One of each digit as people hand them in, out of the middle, half of them dark on paper in uneven light."""
    pictures = [_picture(image, number) for number, image in enumerate(golden_images()[::2])]
    return np.stack(pictures)


def _picture(image: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    large = ndimage.zoom(image.astype(np.float64) / 255, ENLARGED, order=1)
    ink = np.zeros((PICTURE_SIDE, PICTURE_SIDE))
    row, column = number % 9, 8 - number % 9
    ink[row : row + len(large), column : column + len(large)] = large
    if number % 2:
        return (ink * 255).astype(np.uint8)
    light = np.linspace(1, 0.7, PICTURE_SIDE)
    return (light * (230 - 180 * ink)).astype(np.uint8)
