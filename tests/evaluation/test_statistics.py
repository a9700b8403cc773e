from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from digitlab.evaluation.statistics import wilson_interval


@given(st.integers(1, 20_000), st.floats(0, 1))
def test_wilson_equals_scipy(n: int, share: float) -> None:
    right = round(n * share)
    expected = binomtest(right, n).proportion_ci(0.95, method="wilson")
    assert tuple(wilson_interval(right, n)) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_the_labs_accuracy_is_known_to_half_a_point() -> None:
    low, high = wilson_interval(9_200, 10_000)
    assert (round(low, 4), round(high, 4)) == (0.9145, 0.9252)


def test_nothing_seen_is_nothing_known() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)
