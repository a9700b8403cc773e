from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from digitlab.errors import UsageError
from digitlab.evaluation.intervals import paired_interval
from digitlab.evaluation.over_seeds import Comparison, Measured, compare

IMAGES = 10_000
SOFTMAX = [0.9201, 0.9210, 0.9195, 0.9204, 0.9199]


def measured(name: str, accuracies: Sequence[float]) -> Measured:
    return Measured(name, dict(enumerate(accuracies)))


def raised(name: str, points: Sequence[float]) -> Measured:
    """A recipe that beats softmax by so many points with each seed."""
    return measured(name, [base + gain / 100 for base, gain in zip(SOFTMAX, points, strict=True)])


BASELINE = measured("softmax", SOFTMAX)
BETTER = raised("mlp:128", [5.9, 6.1, 5.6, 5.8, 6.1])
SAME = raised("mlp:0", [0.04, -0.1, 0.2, -0.04, 0.1])
WORSE = raised("tiny", [-2.5, -2.1, -2.2, -2.4, -2.3])


def test_a_real_gain() -> None:
    [model] = compare([BASELINE, BETTER], IMAGES).models
    assert model.verdict == "better"
    assert model.sentence == "mlp:128 gains 5.9 points over softmax (95% 5.6 to 6.2; 5 of 5 seeds): real."


def test_a_real_loss() -> None:
    [model] = compare([BASELINE, WORSE], IMAGES).models
    assert model.verdict == "worse"
    assert model.sentence == "tiny loses 2.3 points to softmax (95% 2.1 to 2.5; 5 of 5 seeds): real."


def test_a_gap_that_another_seed_may_turn_round() -> None:
    [model] = compare([BASELINE, SAME], IMAGES).models
    assert model.verdict == "no evidence"
    assert model.sentence == (
        "The gap of 0.04 points between mlp:0 and softmax (95% −0.11 to 0.19; 3 of 5 seeds) "
        "is within the noise of the seeds: no evidence."
    )


def test_a_gap_has_the_sign_of_its_interval() -> None:
    [model] = compare([SAME, BASELINE], IMAGES).models
    assert model.sentence.startswith(
        "The gap of −0.04 points between softmax and mlp:0 (95% −0.19 to 0.11; 3 of 5 seeds)"
    )


def test_a_gap_too_small_to_matter() -> None:
    [model] = compare([BASELINE, SAME], IMAGES, equal_within=0.25).models
    assert model.verdict == "practically equal"
    assert model.sentence == (
        "The gap of 0.04 points between mlp:0 and softmax (95% −0.11 to 0.19; 3 of 5 seeds) "
        "lies within ±0.25 points: practically equal."
    )


@pytest.mark.parametrize(
    ("equal_within", "verdict"), [(0.18, "no evidence"), (0.19, "practically equal"), (1, "practically equal")]
)
def test_practically_equal_needs_the_whole_interval(equal_within: float, verdict: str) -> None:
    assert compare([BASELINE, SAME], IMAGES, equal_within).models[0].verdict == verdict


def test_a_real_gain_may_be_too_small_to_matter() -> None:
    small = raised("mlp:128", [0.05, 0.06, 0.05, 0.06, 0.05])
    assert compare([BASELINE, small], IMAGES).models[0].verdict == "better"
    assert compare([BASELINE, small], IMAGES, 0.1).models[0].verdict == "practically equal"


def test_the_p_value_is_that_of_the_paired_t() -> None:
    [model] = compare([BASELINE, SAME], IMAGES).models
    expected = stats.ttest_rel(model.accuracies, SOFTMAX)
    assert model.p_raw == pytest.approx(expected.pvalue)
    assert model.difference == pytest.approx(0.04)
    assert model.difference_interval == pytest.approx([100 * end for end in expected.confidence_interval()])


def test_several_models_are_corrected_for() -> None:
    alone = raised("mlp:16", [0.3, 0.1, 0.5, 0.2, 0.1])
    models = compare([BASELINE, alone, SAME, BETTER], IMAGES).models
    by_hand = [2 * models[0].p_raw, models[1].p_raw, 3 * models[2].p_raw]  # type: ignore[operator]
    assert [model.p_value for model in models] == pytest.approx(by_hand)
    assert models[0].verdict == "no evidence"
    assert models[0].sentence == (
        "The gap of 0.24 points between mlp:16 and softmax (95% 0.03 to 0.45; 5 of 5 seeds) "
        "would count alone (p = 0.033), but not as one of 3 (p = 0.065, Holm): no evidence."
    )


def test_accuracy_over_seeds() -> None:
    baseline = compare([BASELINE, SAME], IMAGES).baseline
    assert baseline.accuracy_mean == pytest.approx(np.mean(SOFTMAX))
    assert baseline.accuracy_sd == pytest.approx(stats.tstd(SOFTMAX))
    expected = stats.t.interval(0.95, 4, np.mean(SOFTMAX), stats.sem(SOFTMAX))
    assert baseline.accuracy_interval == pytest.approx(expected)


def test_one_seed_says_nothing_of_recipes() -> None:
    [model] = compare([measured("softmax", [0.92]), measured("mlp:128", [0.979])], IMAGES).models
    assert (model.verdict, model.p_value, model.difference_interval, model.accuracy_sd) == (None, None, None, None)
    assert model.sentence == (
        "With one seed, mlp:128 reads 5.90 points more than softmax; another seed may give another gap, "
        "so this does not show whether the recipe helps."
    )


def test_recipes_are_paired_by_seed_in_any_order_and_without_those_that_failed() -> None:
    late = Measured("mlp:128", {seed: BETTER.accuracies[seed] for seed in (4, 2, 0)})
    [model] = compare([BASELINE, late], IMAGES).models
    assert model.paired_seeds == (0, 2, 4)
    assert model.difference == pytest.approx((5.9 + 5.6 + 6.1) / 3)
    assert "3 of 3 seeds" in model.sentence


def test_identical_recipes_are_not_different() -> None:
    [model] = compare([BASELINE, measured("again", SOFTMAX)], IMAGES).models
    assert (model.p_value, model.verdict, model.seeds_agreeing) == (1.0, "no evidence", 0)


def test_the_noise_of_the_test_images_is_told_apart() -> None:
    answers = np.random.default_rng(0).random((2, IMAGES)) < [[0.92], [0.97]]
    first, second = (
        Measured(name, {0: float(right.mean())}, {0: right})
        for name, right in zip(("softmax", "mlp"), answers, strict=True)
    )
    [model] = compare([first, second], IMAGES).models
    only_first, only_second = int((answers[0] & ~answers[1]).sum()), int((answers[1] & ~answers[0]).sum())
    assert model.image_noise == pytest.approx(100 * paired_interval(only_first, only_second, IMAGES).half_width)
    assert model.image_sentence == (
        "The 10,000 test images add ±0.6 points of noise: "
        "another test set of the same kind may change the gap by that much."
    )


def test_without_answers_the_noise_of_the_images_is_not_told() -> None:
    [model] = compare([BASELINE, SAME], IMAGES).models
    assert (model.image_noise, model.image_sentence) == (None, None)


def test_goes_to_json_and_back() -> None:
    comparison = compare([BASELINE, BETTER, SAME], IMAGES, 0.1)
    assert Comparison.model_validate_json(comparison.model_dump_json()) == comparison


NO_BASELINE = """a comparison needs a baseline and something to compare with it
  found: softmax
  to do: name two or more, the baseline first"""
NEGATIVE = """invalid value for --equal-within
  found: -0.1
  to do: give percentage points above 0, such as 0.1"""
NOT_A_NUMBER = """mlp has an accuracy outside 0 to 1
  found: nan with seed 1
  to do: give accuracies from 0 to 1"""
OTHER_SEEDS = """mlp and softmax have no seed in common
  found: seeds [7] and [0, 1, 2, 3, 4]
  to do: train both with the same seeds"""
OTHER_IMAGES = """mlp was not tested on the 10,000 test images
  found: answers to 200
  to do: compare recipes on the same test images"""


@pytest.mark.parametrize(
    ("models", "equal_within", "text"),
    [
        ([BASELINE], None, NO_BASELINE),
        ([BASELINE, SAME], -0.1, NEGATIVE),
        ([BASELINE, measured("mlp", [0.9, math.nan])], None, NOT_A_NUMBER),
        ([BASELINE, Measured("mlp", {7: 0.9})], None, OTHER_SEEDS),
        ([BASELINE, Measured("mlp", {0: 0.9}, {0: np.ones(200, bool)})], None, OTHER_IMAGES),
    ],
)
def test_what_cannot_be_compared(models: list[Measured], equal_within: float | None, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        compare(models, IMAGES, equal_within)
    assert str(caught.value) == text


def test_importing_it_costs_no_scipy() -> None:
    modules = "digitlab.evaluation.over_seeds, digitlab.evaluation.paired, digitlab.evaluation.power"
    code = f"import sys, {modules}; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
