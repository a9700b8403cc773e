from __future__ import annotations

import numpy as np
import pytest

from benchmarks.scores import auroc, coverage, expected_calibration_error, false_positives


def test_probabilities_that_are_what_they_say_have_a_small_error() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 100_000)
    right = rng.uniform(size=100_000) < confidence
    assert expected_calibration_error(confidence, right) < 0.005
    assert expected_calibration_error(confidence, np.ones(100_000, bool)) == pytest.approx(0.25, abs=0.01)


def test_coverage_is_what_can_be_answered_at_an_accuracy() -> None:
    confidence, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, True])
    assert coverage(1.0, confidence, right) == 0.5


def test_auroc_counts_pairs() -> None:
    rng = np.random.default_rng(1)
    inside, outside = rng.integers(0, 5, 40).astype(float) + 1, rng.integers(0, 5, 30).astype(float)
    pairs = np.sign(inside[:, None] - outside[None]) / 2 + 0.5
    assert auroc(inside, outside) == pytest.approx(pairs.mean())
    assert false_positives(1.0, inside, outside) == (outside >= inside.min()).mean()
