from __future__ import annotations

import numpy as np
import pytest

from digitlab.runtime.verdict import Calibration, calibrated, strength, verdicts

CALIBRATION = Calibration(temperature=2.0, least_strength=1.0, least_probability=0.9)


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        ([0.0, 10.0, 0.0], "b (98.7%)"),
        ([4.0, 0.0, 4.0], "unsure: a or c"),
        ([0.2, 0.1, 0.0], "none of these"),
    ],
)
def test_what_is_said(evidence: list[float], text: str) -> None:
    (verdict,) = verdicts(np.array([evidence], np.float32), ("a", "b", "c"), CALIBRATION)
    assert str(verdict) == text


def test_a_higher_temperature_is_less_sure_of_the_same_class() -> None:
    evidence = np.array([[1.0, 3.0, 0.0]], np.float32)
    cool, hot = calibrated(evidence, 1.0)[0], calibrated(evidence, 3.0)[0]
    assert cool.argmax() == hot.argmax() == 1
    assert cool[1] > hot[1] > 1 / 3


def test_strength_does_not_change_when_all_evidence_does() -> None:
    evidence = np.random.default_rng(0).standard_normal((5, 10)).astype(np.float32)
    np.testing.assert_allclose(strength(evidence), strength(evidence + 7), atol=1e-5)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_no_digit(value: float) -> None:
    """JSON has no word for it, so it must not come out."""
    evidence = np.array([[1, value, 0], [9, 1, 0]], np.float32)
    calibration = Calibration(temperature=1.0, least_strength=0.0, least_probability=0.5)
    strange, sure = verdicts(evidence, ("a", "b", "c"), calibration)
    assert (strange.status, sure.status) == ("not-a-digit", "digit")
    assert np.isfinite(strange.probabilities).all()
