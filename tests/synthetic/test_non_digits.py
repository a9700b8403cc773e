from __future__ import annotations

import numpy as np

from digitlab.synthetic.non_digits import non_digits


def test_the_same_seed_draws_the_same_pictures() -> None:
    first, second, other = non_digits(20, 1), non_digits(20, 1), non_digits(20, 2)
    assert first.tobytes() == second.tobytes() != other.tobytes()
    assert first.shape == (80, 28, 28)


def test_letters_and_scribbles_are_framed_as_digits_are() -> None:
    written = non_digits(20, 0)[:40]
    rows, columns = written.any(axis=2).sum(axis=1), written.any(axis=1).sum(axis=1)
    assert np.maximum(rows, columns).min() >= 19
    assert np.maximum(rows, columns).max() <= 21
