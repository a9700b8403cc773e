"""Two groups of values (Otsu 1979, "A threshold selection method from gray-level histograms")."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_STEPS = 255
_MIN_RANGE = 1e-6  # of all values; a smaller one is rounding


def otsu_threshold(values: NDArray[Any]) -> float:
    """The value above which the brighter of two groups lies; the maximum where all values are equal."""
    low, high = float(values.min()), float(values.max())
    if high - low < _MIN_RANGE:
        return high
    counts = np.bincount(np.rint((values - low) * (_STEPS / (high - low))).astype(np.int64).ravel())
    return low + (otsu_of_counts(counts, np.arange(_STEPS + 1.0)) + 0.5) * (high - low) / _STEPS


def separability(values: NDArray[Any]) -> float:
    """How clearly the values form two groups: the between-class share of their variance, at most 1."""
    bright = values > otsu_threshold(values)
    share, variance = float(bright.mean()), float(values.var())
    if not 0 < share < 1 or variance == 0:
        return 0.0
    apart = float(values[bright].mean()) - float(values[~bright].mean())
    return share * (1 - share) * apart**2 / variance


def otsu_of_counts(counts: NDArray[np.int64], values: NDArray[np.float64]) -> float:
    """The highest of the ascending `values` in the lower group, at the greatest between-class variance."""
    below, moment = np.cumsum(counts), np.cumsum(counts * values)
    total = below[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (moment[-1] * below - moment * total) ** 2 / (below * (total - below))
    return float(values[np.argmax(np.nan_to_num(spread, nan=-1.0, posinf=-1.0))])
