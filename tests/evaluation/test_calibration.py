from __future__ import annotations

import numpy as np

from digitlab.evaluation.calibration import confidence_for


def test_the_threshold_is_the_least_that_keeps_the_accuracy() -> None:
    confidence, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, True])
    assert confidence_for(1.0, confidence, right) == 0.8
    assert confidence_for(0.75, confidence, right) == 0.6
    assert confidence_for(1.0, confidence, ~right) == 1.0


def test_answers_of_equal_confidence_stay_together() -> None:
    assert confidence_for(1.0, np.array([0.9, 0.9]), np.array([True, False])) == 1.0
