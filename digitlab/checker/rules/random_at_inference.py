"""DL501: the same image gets different answers."""

from __future__ import annotations

import numpy as np

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
    code="DL501",
    slug="random-at-inference",
    severity="error",
    title="the same images get different answers each time",
    why="Dropout and noise belong into training. If they go on when the model answers, part of what it knows is "
    "switched off at random: accuracy drops, and two runs of the same test give different figures.",
    wrong="def call(self, x):\n    x = tf.nn.dropout(self.hidden(x), 0.5)",
    right="def call(self, x, training=False):\n    x = self.dropout(self.hidden(x), training=training)",
    explains={"batch-dependent", "dropout-on-logits", "not-in-training-mode"},
)


def check(seen: Observations) -> Finding | None:
    """Two calls without training on the same images, with the same weights."""
    twice = seen.answered_twice
    if not seen.usable or twice is None or twice[0].shape != twice[1].shape:
        return None
    off = np.abs(twice[0] - twice[1]).max()
    if not off > 1e-5 * max(1.0, np.abs(twice[0]).max()):
        return None
    line = line_naming(seen.subject, "dropout", "Dropout", "GaussianNoise", "training")
    return RULE.finding(
        f"two calls on the same {len(twice[0])} images, not in training, differ by up to {off:.3g}",
        f"use layers.Dropout, and pass training on; never training=True inside the model{at(seen.subject, line)}",
        line=line,
    )
