"""Which confidence is enough for an accuracy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def confidence_for(accuracy: float, confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The lowest threshold above which at least `accuracy` of the answers are right; 1 if there is none."""
    order = np.argsort(-confidence, kind="stable")
    good = np.cumsum(right[order]) >= accuracy * np.arange(1, len(order) + 1)
    ends = np.append(confidence[order][1:] < confidence[order][:-1], True)  # equal confidences stay together
    enough = np.flatnonzero(good & ends)
    return float(confidence[order][enough[-1]]) if len(enough) else 1.0
