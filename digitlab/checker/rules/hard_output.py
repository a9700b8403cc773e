"""DL109: the model decides, so nothing is left to learn from."""

from __future__ import annotations

import numpy as np

from digitlab.checker.findings import CUT_OFF, STUCK, Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
    code="DL109",
    slug="hard-output",
    severity="error",
    title="the outputs are decisions, not degrees",
    why="Rounding, argmax and one-hot have no gradient: the loss does not tell the weights how to change, and "
    "they stay where they are. A model gives degrees; to decide is for whoever uses them.",
    wrong="outputs = tf.one_hot(tf.argmax(logits, axis=1), 10)",
    right="outputs = tf.nn.softmax(logits)  # take the argmax when you use the answer",
    explains=CUT_OFF | STUCK | {"logits-as-probabilities", "relu-on-logits", "wrong-output-shape"},
)


def check(seen: Observations) -> Finding | None:
    """Answers are small whole numbers for every image: at the start, with random weights, and with large ones."""
    start, shaken, rows = seen.at_start, seen.when_shaken, seen.when_saturated
    if start is None or shaken is None or rows is None or not start.size or rows.ndim > 2 or np.ptp(rows) == 0:
        return None
    if any((one != np.round(one)).any() or np.abs(one).max() >= seen.subject.classes for one in (start, shaken, rows)):
        return None
    line = line_naming(seen.subject, "round", "argmax", "sign", "one_hot")
    return RULE.finding(
        f"all {rows.size} outputs for {len(rows)} images are whole numbers, from {rows.min():g} to {rows.max():g}",
        f"return the probabilities or logits themselves{at(seen.subject, line)}",
        line=line,
    )
