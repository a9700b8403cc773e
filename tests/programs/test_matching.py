"""Pictures recognised again."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from digitlab.data.dataset import Dataset
from digitlab.programs.matching import best_matches


@settings(max_examples=20)
@given(slope=st.floats(0.001, 10) | st.floats(-10, -0.001), offset=st.floats(-5, 5))
def test_whatever_the_scale_and_polarity(slope: float, offset: float, digits: Dataset) -> None:
    known = digits.train.images[:100].reshape(100, -1)
    order = np.random.default_rng(0).permutation(100)
    best, similarity = best_matches(slope * known[order].astype(np.float64) + offset, known)
    assert (best == order).all()
    assert np.allclose(similarity, np.sign(slope), atol=1e-3)


def test_other_pictures_are_less_alike(digits: Dataset) -> None:
    rows = digits.train.images.reshape(len(digits.train), -1)
    _, similarity = best_matches(rows[:50], rows[50:])
    assert np.abs(similarity).max() < 0.97
