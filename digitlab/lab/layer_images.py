"""The outputs of a network's layers as images."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

FULL_COLOUR = 0.99  # the share of the values that are at most the one in full colour


def full_colour(values: NDArray[Any]) -> float:
    """The value from which on the colour is full: a few large values must not make all others pale."""
    nonzero = np.abs(values[values != 0])
    return float(np.quantile(nonzero, FULL_COLOUR)) if nonzero.size else 1.0


def montage(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """The output of a layer as one image [height, width], and its largest absolute value (1 where all are 0).

    Args:
        values: [units], a square for each; or [maps, height, width], side by side in rows.
    """
    maps = values.reshape(-1, 1, 1) if values.ndim == 1 else values
    columns = math.ceil(math.sqrt(len(maps) * 2))
    height, width = maps.shape[1:]
    gap = 1 if height > 1 else 0
    whole = np.zeros((math.ceil(len(maps) / columns) * (height + gap), columns * (width + gap)))
    for number, one in enumerate(maps):
        top, left = number // columns * (height + gap), number % columns * (width + gap)
        whole[top : top + height, left : left + width] = one
    return whole, float(np.abs(maps).max()) or 1.0
