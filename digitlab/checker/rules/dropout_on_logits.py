"""DL106: dropout on the outputs."""

from __future__ import annotations

import numpy as np

from digitlab.checker.findings import STUCK, Finding, Rule
from digitlab.checker.observe.losses import Rows, are_probabilities
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
    code="DL106",
    slug="dropout-on-logits",
    severity="error",
    title="dropout leaves out some of the outputs themselves",
    why="Dropout makes hidden features do without one another. On the last layer it erases the evidence for "
    "classes, the right one too: then the loss punishes the model for something that it did not say.",
    wrong="x = layers.Dense(10)(x)\nx = layers.Dropout(0.5)(x)\noutputs = layers.Softmax()(x)",
    right="x = layers.Dropout(0.5)(x)\nx = layers.Dense(10)(x)\noutputs = layers.Softmax()(x)",
    explains=STUCK | {"logits-as-probabilities"},
)


def check(seen: Observations) -> Finding | None:
    """In training some outputs of a row are exactly equal (zero, or its softmax), at random; else they are not."""
    pair, calm = seen.while_training, seen.when_shaken
    if not seen.usable or pair is None or calm is None or pair[0].shape != calm.shape or np.array_equal(*pair):
        return None
    if _tied(calm).mean() > 0.05:
        return None
    erased = (_erased(pair[0]), _erased(pair[1]))
    share = float(np.mean([one.mean() for one in erased]))
    if min(one.any(axis=1).mean() for one in erased) < 0.1 or share < 0.02 or np.array_equal(*erased):
        return None
    line = line_naming(seen.subject, "Dropout", "dropout")
    return RULE.finding(
        f"in training, about {share:.0%} of the outputs are exactly equal within their row, others each time",
        f"put the dropout before the last Dense layer{at(seen.subject, line)}",
        line=line,
    )


def _tied(rows: Rows) -> Rows:
    return np.array([len(np.unique(row)) < len(row) for row in rows], np.float64)


def _erased(rows: Rows) -> Rows:
    """Which outputs are zero, or share their value with another one of their row: [n, classes]."""
    if not are_probabilities(rows):
        return np.asarray(rows == 0)
    return np.array([[value == 0 or (row == value).sum() > 1 for value in row] for row in rows])
