"""Temperature and thresholds for `runtime.verdict`, from validation images and drawn non-digits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitlab.evaluation.calibration import confidence_for
from digitlab.evaluation.metrics import cross_entropy
from digitlab.runtime.verdict import Calibration, calibrated, strength

MIN_TEMPERATURE, MAX_TEMPERATURE, STEPS = 0.1, 20.0, 60  # tried evenly on a logarithmic scale, twice
MAX_REJECTED = 0.005  # share of the validation images that may be called "not a digit"
CAUGHT = 0.95  # share of the non-digits that is rejected, where that costs less than MAX_REJECTED
ACCURACY = 0.998  # of the answers that are not "unsure"
MAX_THRESHOLD = 0.95  # of probability: a likelier answer is never "unsure", or a weak model would hardly answer


def calibrate(
    evidence: NDArray[np.float32], labels: NDArray[np.int64], of_non_digits: NDArray[np.float32]
) -> Calibration:
    """The calibration of a model, from its logits [N, classes] on validation images and on non-digits."""
    temperature = fit_temperature(evidence, labels)
    probabilities = calibrated(evidence, temperature)
    right = probabilities.argmax(axis=1) == labels
    caught = float(np.quantile(strength(of_non_digits), CAUGHT))
    return Calibration(
        temperature=temperature,
        least_strength=min(caught, float(np.quantile(strength(evidence), MAX_REJECTED))),
        least_probability=min(MAX_THRESHOLD, confidence_for(ACCURACY, probabilities.max(axis=1), right)),
    )


def fit_temperature(evidence: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The temperature with the least cross-entropy on these labels."""
    low, high = MIN_TEMPERATURE, MAX_TEMPERATURE
    for _ in range(2):
        tried = np.geomspace(low, high, STEPS)
        losses = [cross_entropy(calibrated(evidence, temperature), labels).mean() for temperature in tried]
        best = int(np.argmin(losses))
        low, high = tried[max(best - 1, 0)], tried[min(best + 1, STEPS - 1)]
    return float(tried[best])
