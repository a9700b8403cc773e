"""Values parted in two groups (Otsu 1979, «A threshold selection method from gray-level histograms»)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_STEPS = 255
_LEAST = 1e-6  # between two groups; less is rounding


def parting(values: NDArray[Any]) -> float:
    """The value above which the brighter of two groups lies; the greatest of all where there is only one group."""
    low, high = float(values.min()), float(values.max())
    if high - low < _LEAST:
        return high
    counts = np.bincount(np.rint((values - low) * (_STEPS / (high - low))).astype(np.int64).ravel())
    return low + (best_parting(counts, np.arange(_STEPS + 1.0)) + 0.5) * (high - low) / _STEPS


def clearness(values: NDArray[Any]) -> float:
    """How clearly the values are two groups: the share of their variance that lies between these, 1 at most."""
    bright = values > parting(values)
    share, variance = float(bright.mean()), float(values.var())
    if not 0 < share < 1 or variance == 0:
        return 0.0
    apart = float(values[bright].mean()) - float(values[~bright].mean())
    return share * (1 - share) * apart**2 / variance


def best_parting(counts: NDArray[np.int64], values: NDArray[np.float64]) -> float:
    """The last of the rising `values` of the lower group: the two groups' means lie as far apart as can be."""
    below, moment = np.cumsum(counts), np.cumsum(counts * values)
    total = below[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (moment[-1] * below - moment * total) ** 2 / (below * (total - below))
    return float(values[np.argmax(np.nan_to_num(spread, nan=-1.0, posinf=-1.0))])
