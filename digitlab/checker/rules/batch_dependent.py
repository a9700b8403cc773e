"""DL502: the answer for an image depends on the others in its batch."""

from __future__ import annotations

import numpy as np

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
    code="DL502",
    slug="batch-dependent",
    severity="error",
    title="the answer for an image depends on the other images of its batch",
    why="When a model answers, each image should be judged by itself. If batch statistics are used (batch "
    "normalisation in training mode, a mean over axis 0), the test accuracy depends on how the test images "
    "are put together, and a single image gets another answer than in a batch.",
    wrong="x = self.normalisation(x, training=True)",
    right="x = self.normalisation(x, training=training)",
)


def check(seen: Observations) -> Finding | None:
    """The same images in two batches of different company, not in training."""
    pair = seen.in_other_company
    if not seen.usable or pair is None or pair[0].shape != pair[1].shape:
        return None
    off = np.abs(pair[0] - pair[1]).max()
    if not off > 1e-3 * max(1.0, np.abs(pair[0]).max()):
        return None
    line = line_naming(seen.subject, "training", "BatchNormalization", "reduce_mean", "axis")
    return RULE.finding(
        f"answers for the same {len(pair[0])} images differ by up to {off:.3g} when the rest of the batch changes",
        f"take no statistics over the batch when the model answers{at(seen.subject, line)}",
        line=line,
    )
