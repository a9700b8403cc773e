"""DL105: a ReLU on the outputs cuts off the evidence against a class."""

from __future__ import annotations

import numpy as np

from digitlab.checker.findings import STUCK, Finding, Rule
from digitlab.checker.observe.losses import are_probabilities
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
    code="DL105",
    slug="relu-on-logits",
    severity="error",
    title="a ReLU cuts the outputs off at zero",
    why="Evidence against a class is negative. A ReLU on the last layer makes zero of it, and where it does, the "
    "gradient is zero: a class that starts below zero for all images is never learned. Depending on the seed, "
    "accuracy is fine, loses whole classes, or stays at 10%.",
    wrong="logits = layers.Dense(10, activation='relu')(x)\noutputs = layers.Softmax()(logits)",
    right="logits = layers.Dense(10)(x)\noutputs = layers.Softmax()(logits)",
    explains=STUCK | {"dead-relus", "logits-as-probabilities"},
)


def check(seen: Observations) -> Finding | None:
    """Several of an image's outputs are its lowest, and exactly equal: zero, or the softmax of zero."""
    rows = seen.when_shaken
    if not seen.usable or rows is None or not np.isfinite(rows).all():
        return None
    if not are_probabilities(rows) and rows.min() < 0:
        return None
    lowest = rows.min(axis=1, keepdims=True)
    if not are_probabilities(rows) and (lowest > 0).any():
        return None
    tied = (rows == lowest).sum(axis=1)
    if (tied >= 2).mean() < 0.5 or np.ptp(rows) < 1e-6 or ((lowest < 1e-30).all() and are_probabilities(rows)):
        return None
    line = line_naming(seen.subject, "relu", "ReLU")
    return RULE.finding(
        f"with random weights, {tied.mean():.1f} of {rows.shape[1]} outputs of an image are exactly equal and "
        "its lowest, "
        "at the median: what a cut-off at zero gives",
        f"leave the ReLU out after the last Dense layer{at(seen.subject, line)}",
        line=line,
    )
