"""How often the verdict is right about recipes whose true accuracy is known.

A seed moves a network's own accuracy by `spread`; its answers to 10,000 images are then drawn one by one.  10,000
trials: the standard error of a share of 5% is 0.22 points, of 80% 0.4 points.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from digitlab.evaluation.intervals import ALPHA, exact_mcnemar, holm, paired_t
from digitlab.evaluation.over_seeds import Measured, compare
from digitlab.evaluation.power import planned

Counts = NDArray[np.int64]

IMAGES = 10_000
ACCURACY = 0.98
SEEDS = 5
TRIALS = 10_000
SPREADS = [0.0, 0.001, 0.002]  # standard deviation over seeds, fractions


def draw(models: int, spread: float, gap: float = 0.0, *, images: int = IMAGES, seeds: int = SEEDS) -> Counts:
    """Images read right, [TRIALS, models, seeds]; all models but the first are truly better by `gap`."""
    rng = np.random.default_rng([models, round(1e4 * spread), round(1e7 * gap), images, seeds])
    true = ACCURACY + spread * rng.standard_normal((TRIALS, models, seeds))
    true[:, 1:] += gap
    return np.asarray(rng.binomial(images, np.minimum(true, 1)))


def p_values(right: Counts, images: int = IMAGES) -> NDArray[np.float64]:
    """Holm's p values [trials, models − 1] of each model against the first."""
    differences = (right[:, 1:] - right[:, :1]) / images
    return np.array([holm([paired_t(d, resolution=1 / images).p_value for d in trial]) for trial in differences])


def sd_of_differences(spread: float) -> float:
    """Over seeds, of two recipes that vary like the baseline: the spread of the networks and that of their answers."""
    return math.sqrt(2 * (spread**2 + ACCURACY * (1 - ACCURACY) / IMAGES))


def measured(right: Counts) -> list[Measured]:
    """What `compare` takes, from one trial [models, seeds]."""
    return [Measured(f"model {place}", dict(enumerate(row / IMAGES))) for place, row in enumerate(right)]


def test_compare_says_what_is_counted_here() -> None:
    trials = draw(4, spread=0.001, gap=0.003)[:200]
    said = [[model.verdict == "better" for model in compare(measured(trial), IMAGES).models] for trial in trials]
    counted = (p_values(trials) < 0.05) & (trials[:, 1:].sum(axis=2) > trials[:, :1].sum(axis=2))
    assert np.array_equal(said, counted)
    assert 0.2 < counted.mean() < 0.8


@pytest.mark.parametrize("spread", SPREADS)
def test_equal_recipes_are_called_different_in_3_to_6_percent(spread: float) -> None:
    assert 0.03 <= np.mean(p_values(draw(2, spread)) < ALPHA) <= 0.06


@pytest.mark.parametrize("spread", SPREADS)
def test_any_of_three_equal_recipes_is_called_different_in_3_to_6_percent(spread: float) -> None:
    assert 0.03 <= np.mean((p_values(draw(4, spread)) < ALPHA).any(axis=1)) <= 0.06


@pytest.mark.parametrize("models", [1, 3])
@pytest.mark.parametrize("spread", SPREADS)
def test_the_announced_gap_is_found_in_80_percent(spread: float, models: int) -> None:
    gap = planned(SEEDS, models, sd=100 * sd_of_differences(spread)).gap
    assert gap is not None
    right = draw(1 + models, spread, gap / 100)
    found = (p_values(right) < ALPHA) & (right[:, 1:].sum(axis=2) > right[:, :1].sum(axis=2))
    assert found.mean(axis=0).min() >= 0.8


def test_seeds_of_equal_networks_but_for_a_few_hard_images() -> None:
    rng = np.random.default_rng(0)
    images, chances = np.array([9_970, 20, 10]), np.array([1.0, 0.9, 0.5])  # of which seeds toss for thirty
    right = rng.binomial(images, chances, (TRIALS, 2, SEEDS, 3)).sum(axis=3)
    assert np.mean(p_values(right) < ALPHA) <= 0.06


@pytest.mark.parametrize("seeds", [2, 3, 5])
@pytest.mark.parametrize("images", [50, 200])
def test_few_images_on_which_seeds_often_tie(images: int, seeds: int) -> None:
    assert np.mean(p_values(draw(2, 0.0, images=images, seeds=seeds), images) < ALPHA) <= 0.06


def test_practically_equal_is_rarely_said_of_recipes_that_are_not() -> None:
    trials = draw(2, spread=0.001, gap=0.003)[:4_000]  # standard error of a share of 2.5%: 0.25 points
    said = [compare(measured(trial), IMAGES, equal_within=0.3).models[0].verdict for trial in trials]
    assert said.count("practically equal") / len(said) <= 0.035


def test_mcnemar_on_one_seed_would_call_equal_recipes_different() -> None:
    wrong = IMAGES - draw(2, spread=0.0011, seeds=1)[..., 0]  # [TRIALS, 2], of different images
    assert np.mean([exact_mcnemar(int(second), int(first)) < ALPHA for first, second in wrong]) > 0.09
