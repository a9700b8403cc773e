"""Sets what `runtime.verdict` needs: temperature and thresholds, from the validation part and pictures of no digit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitlab.evaluation.calibration import confidence_for
from digitlab.runtime.verdict import Calibration, calibrated, strength

COOLEST, HOTTEST, STEPS = 0.1, 20.0, 60  # temperatures that are tried, evenly on a logarithmic scale, twice
LOST = 0.005  # the most of the validation images that may be called no digit
CAUGHT = 0.95  # the share of the pictures of no digit that is caught, where that costs less than LOST
ACCURACY = 0.998  # of the answers that are given without «unsure»
SURE = 0.95  # nothing likelier is called unsure, or a weak model would hardly answer


def calibrate(
    evidence: NDArray[np.float32], labels: NDArray[np.int64], of_nondigits: NDArray[np.float32]
) -> Calibration:
    """The calibration of a model, from its evidence [N, classes] on validation images and on pictures of no digit."""
    temperature = fit_temperature(evidence, labels)
    probabilities = calibrated(evidence, temperature)
    right = probabilities.argmax(axis=1) == labels
    caught = float(np.quantile(strength(of_nondigits), CAUGHT))
    return Calibration(
        temperature=temperature,
        least_strength=min(caught, float(np.quantile(strength(evidence), LOST))),
        least_probability=min(SURE, confidence_for(ACCURACY, probabilities.max(axis=1), right)),
    )


def fit_temperature(evidence: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The temperature with the least cross-entropy on these labels."""
    low, high = COOLEST, HOTTEST
    for _ in range(2):
        tried = np.geomspace(low, high, STEPS)
        best = int(np.argmin([_loss(evidence, labels, temperature) for temperature in tried]))
        low, high = tried[max(best - 1, 0)], tried[min(best + 1, STEPS - 1)]
    return float(tried[best])


def _loss(evidence: NDArray[np.float32], labels: NDArray[np.int64], temperature: float) -> float:
    cooled = evidence.astype(np.float64) / temperature
    highest = cooled.max(axis=1)
    total = highest + np.log(np.exp(cooled - highest[:, None]).sum(axis=1))
    return float((total - cooled[np.arange(len(labels)), labels]).mean())
