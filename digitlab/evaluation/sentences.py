"""The sentences of a comparison; all numbers are in percentage points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from digitlab.evaluation.intervals import ALPHA, Interval, PairedT

Verdict = Literal["better", "worse", "no evidence", "practically equal"]


@dataclass(frozen=True)
class Gap:
    """The differences of a model to its baseline, over the seeds that both have."""

    model: str
    baseline: str
    seeds: tuple[int, ...]
    differences: tuple[float, ...]  # model − baseline, of these seeds
    test: PairedT | None  # None with one seed

    @property
    def mean(self) -> float:
        """The mean difference."""
        return sum(self.differences) / len(self.differences)

    @property
    def agreeing(self) -> int:
        """How many seeds have the sign of the mean."""
        return sum(math.copysign(1, self.mean) * difference > 0 for difference in self.differences)


def on_recipes(gap: Gap, verdict: Verdict | None, p_value: float, comparisons: int, equal_within: float | None) -> str:
    """The conclusion about two recipes; `p_value` is corrected for the number of comparisons."""
    if gap.test is None:
        return _on_one_seed(gap)
    decimals = _decimals(gap.mean, gap.test.interval)
    size = f"{abs(gap.mean):.{decimals}f} points"
    if verdict == "better":
        return f"{gap.model} gains {size} over {gap.baseline} ({_spread(gap, gap.test.interval)}): real."
    if verdict == "worse":
        turned = Interval(-gap.test.interval.high, -gap.test.interval.low)
        return f"{gap.model} loses {size} to {gap.baseline} ({_spread(gap, turned)}): real."
    of = f"The gap of {signed(gap.mean, decimals)} points"  # with its sign, as its interval has one
    between = f"{of} between {gap.model} and {gap.baseline} ({_spread(gap, gap.test.interval)})"
    if verdict == "practically equal":
        return f"{between} lies within ±{equal_within:g} points: practically equal."
    if gap.test.p_value < ALPHA:
        alone, among = p_text(gap.test.p_value), p_text(p_value)
        return f"{between} would count alone ({alone}), but not as one of {comparisons} ({among}, Holm): no evidence."
    return f"{between} is within the noise of the seeds: no evidence."


def on_images(images: int, noise: float) -> str:
    """The noise of the test images."""
    what = f"The {images:,} test images add ±{noise:.{1 if noise >= 0.1 else 2}f} points"
    return f"{what} of noise: another test set of the same kind may change the gap by that much."


def on_networks(names: tuple[str, str], alone: tuple[int, int], images: int, interval: Interval, p_value: float) -> str:
    """The conclusion about two networks; the interval is of second − first."""
    difference = 100 * (alone[1] - alone[0]) / images
    decimals = _decimals(difference, interval)
    gap = (
        f"gap of {signed(difference, decimals)} points (95% {signed(interval.low, decimals)} to "
        f"{signed(interval.high, decimals)}; McNemar {p_text(p_value)})"
    )
    found = f"a {gap}" if p_value < ALPHA else f"the {gap} is within chance"
    return (
        f"Of {images:,} test images {names[1]} alone reads {alone[1]:,} and {names[0]} alone {alone[0]:,}: {found}. "
        "This is about these two networks, not their recipes: another seed gives other networks."
    )


def signed(value: float, decimals: int) -> str:
    """A number with a true minus, and no sign before a zero."""
    text = f"{value:.{decimals}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def p_text(p_value: float) -> str:
    """As in `p < 0.001`, `p = 0.013`, `p = 0.42`."""
    if p_value < 0.001:
        return "p < 0.001"
    return f"p = {p_value:.{3 if p_value < 0.1 else 2}f}"


def _on_one_seed(gap: Gap) -> str:
    more = "less" if gap.mean < 0 else "more"
    seen = f"With one seed, {gap.model} reads {abs(gap.mean):.2f} points {more} than {gap.baseline}"
    return f"{seen}; another seed may give another gap, so this does not show whether the recipe helps."


def _spread(gap: Gap, interval: Interval) -> str:
    decimals = _decimals(gap.mean, interval)
    ends = f"{signed(interval.low, decimals)} to {signed(interval.high, decimals)}"
    return f"95% {ends}; {gap.agreeing} of {len(gap.seeds)} seeds"


def _decimals(difference: float, interval: Interval) -> int:
    """One decimal where a second would be noise, else two."""
    return 1 if abs(difference) >= 1 and interval.half_width >= 0.1 else 2
