"""The softmax worked out number by number, as the report and the lab page show it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# exp(709) is the largest that a float64 holds; from this logit on the largest one is subtracted first.
LARGE_LOGIT = 100.0


@dataclass(frozen=True)
class WorkedSoftmax:
    """From logits to probabilities; every array is float64 [classes]."""

    logits: NDArray[np.float64]
    shift: float  # subtracted from every logit before exp; 0 unless exp would overflow
    exponentials: NDArray[np.float64]  # exp(logits − shift)
    probabilities: NDArray[np.float64]  # exponentials / their sum

    @classmethod
    def of(cls, logits: NDArray[np.float64]) -> WorkedSoftmax:
        """Work out the softmax of logits float64 [classes]."""
        shift = float(logits.max()) if np.abs(logits).max() > LARGE_LOGIT else 0.0
        exponentials = np.exp(logits - shift)
        return cls(logits, shift, exponentials, exponentials / exponentials.sum())
