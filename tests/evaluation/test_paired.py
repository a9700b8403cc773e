from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from digitlab.errors import DataError
from digitlab.evaluation.paired import agreement

LABELS = np.arange(1_000, dtype=np.int64) % 10


def answers(wrong: range) -> np.ndarray:
    """Probabilities [1000, 10] of a network that misreads these images."""
    predicted = LABELS.copy()
    predicted[wrong] = (predicted[wrong] + 1) % 10
    return np.eye(10, dtype=np.float32)[predicted]


def test_who_is_right_where() -> None:
    found = agreement(answers(range(80)), answers(range(70, 90)), LABELS, ("softmax", "mlp"))
    assert found.only_second.tolist() == list(range(70))
    assert found.none.tolist() == list(range(70, 80))
    assert found.only_first.tolist() == list(range(80, 90))
    assert found.both.tolist() == list(range(90, 1_000))
    assert found.accuracies == (0.92, 0.98)


def test_one_network_is_better() -> None:
    found = agreement(answers(range(80)), answers(range(70, 90)), LABELS, ("softmax", "mlp"))
    assert found.difference == 6.0
    assert found.p_value == pytest.approx(stats.binomtest(10, 80).pvalue)
    assert found.sentence == (
        "Of 1,000 test images mlp alone reads 70 and softmax alone 10: "
        "a gap of 6.0 points (95% 4.3 to 7.7; McNemar p < 0.001). "
        "This is about these two networks, not their recipes: another seed gives other networks."
    )


def test_neither_network_is_better() -> None:
    found = agreement(answers(range(10)), answers(range(5, 18)), LABELS, ("a", "b"))
    assert found.sentence.startswith(
        "Of 1,000 test images b alone reads 5 and a alone 8: "
        "the gap of −0.30 points (95% −1.03 to 0.43; McNemar p = 0.58) is within chance. "
    )


@pytest.mark.parametrize("images", [0, 900])
def test_only_on_the_same_images(images: int) -> None:
    with pytest.raises(DataError) as caught:
        agreement(answers(range(1)), answers(range(1))[:images], LABELS, ("a", "b"))
    assert str(caught.value) == (
        "two networks can only be compared on the same test images\n"
        f"  found: a answered 1,000, b {images}; there are 1,000 labels\n"
        "  to do: compare runs that were tested on the same data"
    )
