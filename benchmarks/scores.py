"""How well probabilities are calibrated, and how well a score separates classes from the rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitlab.evaluation.calibration import confidence_for

BINS = 15


def expected_calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The mean gap between confidence and accuracy over 15 equal bins of confidence, weighted by images."""
    places = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(places, weights=confidence - right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def coverage(accuracy: float, confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The share of images that can be answered at this accuracy, most confident first."""
    return float((confidence >= confidence_for(accuracy, confidence, right)).mean())


def auroc(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float:
    """The probability that one of `inside` is higher than one of `outside`; ties count half."""
    outer = np.sort(outside)
    below = np.searchsorted(outer, inside, "left") + np.searchsorted(outer, inside, "right")
    return float(below.mean() / (2 * len(outer)))


def false_positives(recall: float, inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float:
    """The share of `outside` above the threshold that `recall` of `inside` pass."""
    return float((outside >= np.quantile(inside, 1 - recall)).mean())
