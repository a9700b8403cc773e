"""The gap that a comparison can detect, computed before anything is trained."""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict

from digitlab.evaluation.intervals import detectable_gap

SPREAD = 0.12  # percentage points: sd over seeds of the test accuracy of a small network on MNIST, measured


class Plan(BaseModel):
    """The smallest gap that a comparison is likely to detect."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gap: float | None  # percentage points; None with one seed
    sentence: str


def planned(seeds: int, models: int, sd: float | None = None, *, is_mnist: bool = True) -> Plan:
    """The gap that a comparison detects with a power of 80%.

    Args:
        seeds: trainings of each recipe.
        models: recipes compared with the baseline.
        sd: standard deviation over seeds of the paired differences, in percentage points; None: that of two recipes
            which vary by 0.12 each, independently.
        is_mnist: for other data the sentence warns that it may vary more.
    """
    if seeds < 2:
        text = "One seed can show a gap between two networks, but not whether the recipe helps."
        return Plan(gap=None, sentence=f"{text} Give two seeds or more.")
    spread = math.sqrt(2) * SPREAD if sd is None else sd
    gap = math.ceil(100 * detectable_gap(spread, seeds, models)) / 100  # rounded up, so that the power is at least 80%
    if sd is None:
        basis = f"if a recipe varies by {SPREAD} points from seed to seed, as small networks on MNIST do"
        basis += "" if is_mnist else "; other data may vary more"
    else:
        basis = f"if the gap varies by {sd:.2f} points from seed to seed, as measured"
    counted = "one comparison" if models == 1 else f"{models} comparisons"
    return Plan(
        gap=gap, sentence=f"{seeds} seeds and {counted} find a gap of {gap:.2f} points with 80% chance, {basis}."
    )
