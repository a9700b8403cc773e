from __future__ import annotations

import math

import pytest

from digitlab.evaluation.intervals import detectable_gap
from digitlab.evaluation.power import planned


def test_told_before_training() -> None:
    assert planned(seeds=5, models=3).sentence == (
        "5 seeds and 3 comparisons find a gap of 0.39 points with 80% chance, "
        "if a recipe varies by 0.12 points from seed to seed, as small networks on MNIST do."
    )
    assert planned(seeds=5, models=3, is_mnist=False).sentence.endswith(
        "as small networks on MNIST do; other data may vary more."
    )


def test_told_from_measured_differences() -> None:
    assert planned(seeds=5, models=1, sd=0.2).sentence == (
        "5 seeds and one comparison find a gap of 0.34 points with 80% chance, "
        "if the gap varies by 0.20 points from seed to seed, as measured."
    )


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
def test_the_gap_is_rounded_up(seeds: int) -> None:
    gap, exact = planned(seeds, 2).gap, detectable_gap(math.sqrt(2) * 0.12, seeds, 2)
    assert gap is not None
    assert exact <= gap < exact + 0.01


def test_one_seed_finds_nothing() -> None:
    plan = planned(seeds=1, models=2)
    assert plan.gap is None
    assert plan.sentence == (
        "One seed can show a gap between two networks, but not whether the recipe helps. Give two seeds or more."
    )
