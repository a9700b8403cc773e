"""DL302: a softmax between hidden layers."""

from __future__ import annotations

import numpy as np

from digitlab.checker.findings import STUCK, Finding, Rule
from digitlab.checker.observe.core import LOOKED_AT
from digitlab.checker.observe.losses import Rows
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
    code="DL302",
    slug="hidden-softmax",
    severity="error",
    title="a hidden layer has a softmax as its activation",
    why="A softmax makes the units of a layer share a total of one: one unit can rise only if the others fall, "
    "and with many units each gets next to nothing. The layer after it sees almost no difference between "
    "images, and gradients are tiny. Hidden layers want an activation that works on each unit by itself.",
    wrong="x = layers.Dense(128, activation='softmax')(x)\noutputs = layers.Dense(10, activation='softmax')(x)",
    right="x = layers.Dense(128, activation='relu')(x)\noutputs = layers.Dense(10, activation='softmax')(x)",
    explains=STUCK | {"bottleneck"},
)


def check(seen: Observations) -> Finding | None:
    """What goes into a layer with weights comes from weights, is not negative, and sums to one for each image."""
    graph = seen.graph
    if graph is None:
        return None
    inner = [one for one in graph.weighted if graph.source_of(one.data)[0].type not in {"Placeholder"}]
    images, _ = seen.subject.batch(0, LOOKED_AT)
    with seen.shaken():
        values = seen.tried_values([one.data for one in inner], images)
    for one, value in zip(inner, values, strict=False):
        from_softmax = graph.source_of(one.data)[0].type == "Softmax"
        if from_softmax or _sums_to_one(value):
            line = line_naming(seen.subject, "softmax", "Softmax")
            return RULE.finding(
                f"the {value.shape[-1]} values that go into the weights {'×'.join(map(str, one.kernel))} sum to "
                f"{value.sum(axis=-1).mean():.3f} for every image",
                f"use activation='relu' in the hidden layers{at(seen.subject, line)}",
                line=line,
            )
    return None


def _sums_to_one(value: Rows) -> bool:
    rows = value.reshape(-1, value.shape[-1]).astype(np.float64)
    return bool(
        rows.shape[1] > 1 and (rows >= 0).all() and np.abs(rows.sum(axis=1) - 1).max() < 1e-3 and np.ptp(rows) > 1e-3
    )
