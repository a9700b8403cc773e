"""DL103: the softmax runs over the images of a batch instead of over the classes."""

from __future__ import annotations

import numpy as np

from digitlab.checker.findings import STUCK, WRONG_CLASS, Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
    code="DL103",
    slug="softmax-wrong-axis",
    severity="error",
    title="the softmax runs over the wrong axis",
    why="The probabilities of the classes of one image have to sum to one. Over axis 0 it is the images of a "
    "batch that share one: the answer for an image then depends on which others happen to be in its batch, "
    "and a single image gets probability 1 for every class.",
    wrong="probabilities = tf.nn.softmax(logits, axis=0)",
    right="probabilities = tf.nn.softmax(logits)  # the last axis: the classes",
    explains=WRONG_CLASS | STUCK | {"batch-dependent", "logits-as-probabilities", "sigmoid-output"},
)


def check(seen: Observations) -> Finding | None:
    """Columns sum to one over the batch, or everything does, and rows do not."""
    rows = seen.when_shaken
    if not seen.usable or rows is None or (rows < 0).any():
        return None
    columns, across = rows.sum(axis=0), rows.sum(axis=1)
    one_in_all = abs(rows.sum() - 1) < 1e-3
    if np.abs(across - 1).max() < 1e-2 or (np.abs(columns - 1).max() > 1e-3 and not one_in_all):
        return None
    line = line_naming(seen.subject, "softmax", "Softmax", "exp", "axis")
    return RULE.finding(
        f"in a batch of {len(rows)} images an image sums to {across.min():.3f} to {across.max():.3f} over the "
        "classes, and "
        + ("all images together to 1.000" if one_in_all else f"a class to {columns.mean():.3f} over the images"),
        f"take the softmax over the last axis (axis=-1, the default){at(seen.subject, line)}",
        line=line,
    )
