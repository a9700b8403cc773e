from __future__ import annotations

import numpy as np
import pytest

from digitlab.export.calibration import calibrate, fit_temperature


def test_the_temperature_is_found_again() -> None:
    """Labels drawn from the softmax of evidence / 3: the best temperature is 3."""
    rng = np.random.default_rng(0)
    evidence = rng.normal(0, 6, (20_000, 4)).astype(np.float32)
    noise = rng.gumbel(size=evidence.shape)
    assert fit_temperature(evidence, (evidence / 3 + noise).argmax(axis=1)) == pytest.approx(3, rel=0.05)


def test_few_digits_are_lost_and_most_others_caught() -> None:
    rng = np.random.default_rng(0)
    digits = rng.normal(0, 1, (1_000, 10)).astype(np.float32)
    digits[:, 3] += 10
    others = rng.normal(0, 0.1, (400, 10)).astype(np.float32)
    found = calibrate(digits, np.full(1_000, 3), others)
    heights = digits.max(axis=1) - digits.mean(axis=1)
    assert (heights < found.least_strength).mean() <= 0.005
    assert (others.max(axis=1) - others.mean(axis=1) < found.least_strength).mean() >= 0.94
