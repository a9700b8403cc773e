"""Did it help?  Recipes, each trained with the same seeds, compared with the first.

The verdict comes from the seeds alone; the noise of the test images is a separate figure.  Accuracies are fractions,
differences are in percentage points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from digitlab.errors import UsageError
from digitlab.evaluation import sentences
from digitlab.evaluation.intervals import ALPHA, PairedT, holm, mean_over_seeds, paired_image_noise, paired_t
from digitlab.evaluation.sentences import Gap, Verdict


@dataclass(frozen=True)
class Measured:
    """The results of one recipe.

    Attributes:
        name: used in the texts.
        accuracies: test accuracy by seed, fractions.
        correct: by seed, which test images were classified correctly, [images]; may lack seeds or be empty.
    """

    name: str
    accuracies: Mapping[int, float]
    correct: Mapping[int, NDArray[np.bool_]] = field(default_factory=dict)


class SeedScores(BaseModel):
    """The accuracy of one recipe over seeds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    seeds: tuple[int, ...]
    accuracies: tuple[float, ...]  # of these seeds, in this order
    accuracy_mean: float
    accuracy_sd: float | None  # None with one seed, as is the interval
    accuracy_interval: tuple[float, float] | None  # 95%, t over seeds


class AgainstBaseline(SeedScores):
    """The same, and the difference to the baseline (this one − baseline), in percentage points."""

    baseline: str
    paired_seeds: tuple[int, ...]  # those that both have
    difference: float  # mean over these
    difference_interval: tuple[float, float] | None  # 95%, t over seeds, not corrected for multiple comparisons
    p_raw: float | None  # paired t over seeds, two-sided
    p_value: float | None  # the same, corrected for multiple comparisons (Holm)
    seeds_agreeing: int  # how many of the paired seeds have the sign of the mean
    verdict: Verdict | None  # None with one seed
    sentence: str
    image_noise: float | None  # 95% half width over test images
    image_sentence: str | None


class Comparison(BaseModel):
    """The baseline and everything that was compared with it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    test_images: int
    equal_within: float | None  # percentage points
    baseline: SeedScores
    models: tuple[AgainstBaseline, ...]


def compare(models: Sequence[Measured], test_images: int, equal_within: float | None = None) -> Comparison:
    """Compare each recipe with the first, paired by the seeds that both have.

    "Better" and "worse" need p < 0.05 in the paired t over seeds after Holm's correction over the models.  "Practically
    equal" has precedence: the printed 95% interval of the difference lies inside ±`equal_within`.  These are two
    one-sided tests at 2.5% each, not corrected over models; 5% with the 90% interval is customary (Schuirmann 1987,
    "A comparison of the two one-sided tests procedure and the power approach").

    Args:
        models: the baseline first, then one or more others.
        test_images: how many images the accuracies were measured on.
        equal_within: percentage points; a smaller difference does not matter.

    Raises:
        UsageError: nothing to compare, an accuracy outside 0 to 1, answers to another number of images, a recipe that
            shares no seed with the baseline, or an `equal_within` that is not above 0.
    """
    _refuse(models, test_images)
    refuse_equal_within(equal_within)
    baseline, *others = models
    gaps = [_gap(baseline, other, test_images) for other in others]
    # A model with one common seed cannot be tested, but counts as a comparison.
    corrected = holm([gap.test.p_value if gap.test else 1.0 for gap in gaps])
    return Comparison(
        test_images=test_images,
        equal_within=equal_within,
        baseline=SeedScores(**_scores(baseline, test_images)),
        models=tuple(
            AgainstBaseline(
                **_scores(other, test_images),
                **_conclusions(gap, p_value, len(gaps), equal_within),
                **_noise_of_images(baseline, other),
            )
            for other, gap, p_value in zip(others, gaps, corrected, strict=True)
        ),
    )


def _common(first: Mapping[int, Any], second: Mapping[int, Any]) -> tuple[int, ...]:
    return tuple(seed for seed in sorted(first) if seed in second)


def _gap(baseline: Measured, other: Measured, test_images: int) -> Gap:
    seeds = _common(baseline.accuracies, other.accuracies)
    differences = tuple(100 * float(other.accuracies[seed] - baseline.accuracies[seed]) for seed in seeds)
    test = paired_t(differences, resolution=100 / test_images) if len(seeds) > 1 else None
    return Gap(other.name, baseline.name, seeds, differences, test)


def _scores(model: Measured, test_images: int) -> dict[str, Any]:
    """The fields of `SeedScores`."""
    seeds = tuple(sorted(model.accuracies))
    accuracies = tuple(float(model.accuracies[seed]) for seed in seeds)
    spread = mean_over_seeds(accuracies, resolution=1 / test_images) if len(seeds) > 1 else None
    return {
        "name": model.name,
        "seeds": seeds,
        "accuracies": accuracies,
        "accuracy_mean": sum(accuracies) / len(accuracies),
        "accuracy_sd": spread and spread.sd,
        "accuracy_interval": spread and tuple(spread.interval),
    }


def _conclusions(gap: Gap, p_value: float, comparisons: int, equal_within: float | None) -> dict[str, Any]:
    """The fields of `AgainstBaseline` that come from the seeds."""
    verdict = _verdict(gap.test, p_value, equal_within) if gap.test else None
    return {
        "baseline": gap.baseline,
        "paired_seeds": gap.seeds,
        "difference": gap.mean,
        "difference_interval": gap.test and tuple(gap.test.interval),
        "p_raw": gap.test and gap.test.p_value,
        "p_value": p_value if gap.test else None,
        "seeds_agreeing": gap.agreeing,
        "verdict": verdict,
        "sentence": sentences.on_recipes(gap, verdict, p_value, comparisons, equal_within),
    }


def _verdict(test: PairedT, p_value: float, equal_within: float | None) -> Verdict:
    if equal_within is not None and -equal_within < test.interval.low and test.interval.high < equal_within:
        return "practically equal"
    if p_value >= ALPHA:
        return "no evidence"
    return "better" if test.mean > 0 else "worse"


def _noise_of_images(baseline: Measured, other: Measured) -> dict[str, Any]:
    """The fields of `AgainstBaseline` that come from the test images, over the seeds with answers of both."""
    seeds = _common(baseline.correct, other.correct)
    if not seeds:
        return {"image_noise": None, "image_sentence": None}
    first, second = (np.stack([model.correct[seed] for seed in seeds]) for model in (other, baseline))
    noise = 100 * paired_image_noise(first, second)
    return {"image_noise": noise, "image_sentence": sentences.on_images(first.shape[1], noise)}


def refuse_equal_within(equal_within: float | None) -> None:
    """Raise UsageError unless it is None, or above 0 and at most 100; also called before training."""
    if equal_within is not None and not 0 < equal_within <= 100:
        raise UsageError(
            "invalid value for --equal-within",
            found=f"{equal_within:g}",
            remedy="give percentage points above 0, such as 0.1",
        )


def _refuse(models: Sequence[Measured], test_images: int) -> None:
    if len(models) < 2:
        raise UsageError(
            "a comparison needs a baseline and something to compare with it",
            found=", ".join(model.name for model in models) or "nothing",
            remedy="name two or more, the baseline first",
        )
    for model in models:
        _refuse_model(models[0], model, test_images)


def _refuse_model(baseline: Measured, model: Measured, test_images: int) -> None:
    wrong = {seed: accuracy for seed, accuracy in model.accuracies.items() if not 0 <= accuracy <= 1}
    if wrong:
        raise UsageError(
            f"{model.name} has an accuracy outside 0 to 1",
            found=", ".join(f"{accuracy} with seed {seed}" for seed, accuracy in wrong.items()),
            remedy="give accuracies from 0 to 1",
        )
    counts = {len(answers) for answers in model.correct.values()} - {test_images}
    if counts:
        raise UsageError(
            f"{model.name} was not tested on the {test_images:,} test images",
            found=", ".join(f"answers to {count:,}" for count in sorted(counts)),
            remedy="compare recipes on the same test images",
        )
    if not _common(baseline.accuracies, model.accuracies):
        raise UsageError(
            f"{model.name} and {baseline.name} have no seed in common",
            found=f"seeds {sorted(model.accuracies)} and {sorted(baseline.accuracies)}",
            remedy="train both with the same seeds",
        )
