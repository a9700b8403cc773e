from __future__ import annotations

import numpy as np
import pytest

from digitlab.evaluation.calibration import (
    auroc,
    confidence_for,
    coverage,
    expected_calibration_error,
    false_positives,
)


def test_probabilities_that_are_what_they_say_have_a_small_error() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 100_000)
    right = rng.uniform(size=100_000) < confidence
    assert expected_calibration_error(confidence, right) < 0.005
    assert expected_calibration_error(confidence, np.ones(100_000, bool)) == pytest.approx(0.25, abs=0.01)


def test_the_threshold_is_the_least_that_keeps_the_accuracy() -> None:
    confidence, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, True])
    assert confidence_for(1.0, confidence, right) == 0.8
    assert coverage(1.0, confidence, right) == 0.5
    assert confidence_for(0.75, confidence, right) == 0.6
    assert confidence_for(1.0, confidence, ~right) == 1.0


def test_answers_of_equal_confidence_stay_together() -> None:
    assert confidence_for(1.0, np.array([0.9, 0.9]), np.array([True, False])) == 1.0


def test_auroc_counts_pairs() -> None:
    rng = np.random.default_rng(1)
    inside, outside = rng.integers(0, 5, 40).astype(float) + 1, rng.integers(0, 5, 30).astype(float)
    pairs = np.sign(inside[:, None] - outside[None]) / 2 + 0.5
    assert auroc(inside, outside) == pytest.approx(pairs.mean())
    assert false_positives(1.0, inside, outside) == (outside >= inside.min()).mean()
