from __future__ import annotations

import numpy as np

from digitlab.evaluation.mistakes import Mistake, worst_mistakes

PROBABILITIES = np.array([[0.9, 0.1], [0.4, 0.6], [0.25, 0.75], [0.5, 0.5]], np.float32)
LABELS = np.array([0, 0, 0, 1])


def test_the_surest_mistake_comes_first() -> None:
    assert worst_mistakes(PROBABILITIES, LABELS, most=9) == [
        Mistake(index=2, label=0, predicted=1, probability=0.75),
        Mistake(index=1, label=0, predicted=1, probability=float(np.float32(0.6))),
        Mistake(index=3, label=1, predicted=0, probability=0.5),
    ]


def test_no_more_than_asked_for() -> None:
    assert len(worst_mistakes(PROBABILITIES, LABELS, most=1)) == 1
