from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from digitlab.errors import UsageError
from digitlab.evaluation.intervals import (
    detectable_gap,
    exact_mcnemar,
    holm,
    image_noise,
    mean_over_seeds,
    paired_image_noise,
    paired_interval,
    paired_t,
    wilson_interval,
)

FINE = 1e-12  # a resolution too fine to matter
seeds_of_values = st.lists(st.integers(-500, 500), min_size=2, max_size=12).filter(lambda counts: len(set(counts)) > 1)
counts = st.integers(0, 300)


def draw_answers(accuracies: list[float], images: int = 400) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [rng.random(images) < accuracy for accuracy in accuracies]


@given(st.integers(1, 20_000), st.floats(0, 1))
def test_wilson_equals_scipy(n: int, share: float) -> None:
    right = round(n * share)
    expected = stats.binomtest(right, n).proportion_ci(0.95, method="wilson")
    assert tuple(wilson_interval(right, n)) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_the_labs_accuracy_is_known_to_half_a_point() -> None:
    low, high = wilson_interval(9_200, 10_000)
    assert (round(low, 4), round(high, 4)) == (0.9145, 0.9252)
    assert image_noise(0.92, 10_000) == pytest.approx((high - low) / 2)


def test_nothing_seen_is_nothing_known() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


@given(seeds_of_values)
def test_paired_t_equals_scipy(differences: list[int]) -> None:
    expected = stats.ttest_rel(differences, [0] * len(differences))
    result = paired_t(differences, resolution=FINE)
    assert result.p_value == pytest.approx(expected.pvalue, abs=1e-9)
    assert tuple(result.interval) == pytest.approx(tuple(expected.confidence_interval(0.95)), rel=1e-9)
    assert result.sd == pytest.approx(stats.tstd(differences))


@given(seeds_of_values)
def test_a_mean_has_the_t_interval_of_scipy(values: list[int]) -> None:
    expected = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
    assert tuple(mean_over_seeds(values, resolution=FINE).interval) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=12), st.sampled_from([0.3, 1.0, 4.0]))
def test_the_p_value_is_small_where_the_interval_leaves_0_out(differences: list[int], resolution: float) -> None:
    result = paired_t(differences, resolution=resolution)
    assert (result.p_value < 0.05) == (result.interval.low > 0 or result.interval.high < 0)


def test_equal_in_all_seeds() -> None:
    result = paired_t([0.0] * 5, resolution=1e-4)
    assert (result.mean, result.sd, result.p_value) == (0.0, 0.0, 1.0)
    assert result.interval.half_width == pytest.approx(1e-4 * stats.t.ppf(0.975, 4) / math.sqrt(5))


@pytest.mark.parametrize(("images", "seeds", "proven"), [(1, 2, False), (1, 5, False), (50, 2, True), (2, 5, True)])
def test_the_same_gain_in_all_seeds_counts_by_its_size(images: int, seeds: int, proven: bool) -> None:
    assert (paired_t([images / 10_000] * seeds, resolution=1e-4).p_value < 0.05) is proven


def test_paired_t_agrees_with_flipping_all_signs() -> None:
    differences = np.random.default_rng(1).normal(0.3, 0.8, 12)
    flips = np.array(list(itertools.product([-1, 1], repeat=12)))  # [4096, 12]
    brute = np.mean(np.abs(flips @ differences) >= abs(differences.sum()) - 1e-9)
    assert paired_t(list(differences), resolution=FINE).p_value == pytest.approx(brute, abs=0.01)


@pytest.mark.parametrize("values", [[], [0.9], [0.9, math.nan]])
def test_no_spread_without_two_numbers(values: list[float]) -> None:
    with pytest.raises(UsageError) as caught:
        mean_over_seeds(values, resolution=1e-4)
    assert str(caught.value) == (
        "a spread over seeds cannot be computed\n"
        f"  found: values {values}, resolution 0.0001\n"
        "  to do: give the finite values of two or more seeds and a resolution above 0"
    )


def test_no_spread_without_a_resolution() -> None:
    with pytest.raises(UsageError, match=r"resolution 0\.0"):
        paired_t([0.1, 0.1], resolution=0.0)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_what_stepping_down_rejects(p_values: list[float]) -> None:
    rejected: set[int] = set()
    for step, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[place] * (len(p_values) - step) >= 0.05:
            break
        rejected.add(place)
    assert {place for place, p in enumerate(holm(p_values)) if p < 0.05} == rejected


@given(counts, counts)
def test_mcnemar_is_the_binomial_test(only_first: int, only_second: int) -> None:
    n = only_first + only_second
    expected = stats.binomtest(only_first, n).pvalue if n else 1.0
    assert exact_mcnemar(only_first, only_second) == pytest.approx(expected, rel=1e-6)


def test_mcnemar_counts_all_ways_to_swap_the_networks() -> None:
    ways = list(itertools.product([-1, 1], repeat=11))  # 9 images only one reads, 2 only the other
    brute = sum(abs(sum(way)) >= 7 for way in ways) / len(ways)
    assert exact_mcnemar(9, 2) == pytest.approx(brute)


@pytest.mark.parametrize(("both", "only_first", "only_second", "none"), [(3, 2, 1, 4), (0, 0, 0, 5), (90, 8, 0, 2)])
def test_agresti_min_is_wald_on_tables_with_half_an_image_more(
    both: int, only_first: int, only_second: int, none: int
) -> None:
    table = np.array([both, only_first, only_second, none]) + 0.5
    shares, kinds = table / table.sum(), np.array([0, 1, -1, 0])
    mean = shares @ kinds
    half = 1.959964 * math.sqrt((shares @ kinds**2 - mean**2) / table.sum())
    interval = paired_interval(only_first, only_second, both + only_first + only_second + none)
    assert tuple(interval) == pytest.approx((max(-1, mean - half), min(1, mean + half)), abs=1e-6)


def test_agresti_min_covers_95_percent() -> None:
    tables = np.random.default_rng(0).multinomial(2_000, [0.03, 0.01, 0.96], size=5_000)
    hits = [low <= 0.02 <= high for low, high in (paired_interval(int(b), int(c), 2_000) for b, c, _ in tables)]
    assert 0.94 <= np.mean(hits) <= 0.965  # standard error 0.003


def test_image_noise_of_one_seed_is_that_of_the_interval() -> None:
    first, second = draw_answers([0.9, 0.8])
    interval = paired_interval(int((first & ~second).sum()), int((second & ~first).sum()), len(first))
    assert paired_image_noise(first[None], second[None]) == pytest.approx(interval.half_width)


def test_image_noise_shrinks_where_only_the_seeds_disagree() -> None:
    first, second = np.random.default_rng(0).random((2, 25, 2_000)) < 0.9  # no image is harder than another
    assert paired_image_noise(first, second) == pytest.approx(paired_image_noise(first[:1], second[:1]) / 5, rel=0.1)


@pytest.mark.parametrize(("seeds", "comparisons"), [(2, 1), (3, 1), (5, 1), (5, 3), (5, 10), (10, 4), (30, 1)])
def test_detectable_gap_has_80_percent_power_by_integration(seeds: int, comparisons: int) -> None:
    df, shift = seeds - 1, detectable_gap(1.0, seeds, comparisons) * math.sqrt(seeds)
    critical = stats.t.ppf(1 - 0.025 / comparisons, df)
    sd = np.linspace(1e-6, 8, 400_001)  # of a sample, as a share of the true one
    density = stats.chi.pdf(sd * math.sqrt(df), df) * math.sqrt(df)
    power = np.trapezoid(density * stats.norm.sf(critical * sd - shift), sd)
    assert power == pytest.approx(0.8, abs=1e-5)


def test_one_seed_detects_nothing() -> None:
    assert detectable_gap(0.1, 1) == math.inf
