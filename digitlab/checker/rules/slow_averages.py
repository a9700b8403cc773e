"""DL508: the averages of batch normalisation move so slowly that the training ends before they mean anything."""

from __future__ import annotations

import keras

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
    code="DL508",
    slug="slow-averages",
    severity="warning",
    title="the averages of batch normalisation are still those of the start when the training ends",
    why="In training, batch normalisation uses mean and variance of the batch; to answer, it uses averages that it "
    "collects on the way. With momentum 0.9999 each step moves them by one ten-thousandth, so after a thousand steps "
    "they are nearly what they started as: the training accuracy is fine, and validation is near chance.",
    wrong="layers.BatchNormalization(momentum=0.9999)",
    right="layers.BatchNormalization()  # momentum 0.99; 0.9 for a short training",
)

MOST_IMAGES = 60_000  # in MNIST: no program goes through more in an epoch
INITIAL = 0.5  # of an average, so much is still its start


def check(seen: Observations) -> Finding | None:
    """What is left of the start after as many steps as the program does: momentum to the power of steps."""
    program, model = seen.subject.program, seen.subject.keras_model
    if program is None or model is None or not program.batch_size or not program.epochs:
        return None
    steps = program.epochs * -(-MOST_IMAGES // program.batch_size)
    layers = [one for one in model._flatten_layers() if isinstance(one, keras.layers.BatchNormalization)]
    slowest = max((one.momentum for one in layers if one.trainable), default=0.0)
    if slowest**steps < INITIAL:
        return None
    line = line_naming(seen.subject, "momentum", "BatchNormalization")
    return RULE.finding(
        f"with momentum {slowest:g} an average moves by {1 - slowest:.2g} of the way a step: after {steps} steps, "
        f"all that the program does, {slowest**steps:.0%} of it is still its start",
        f"take momentum=0.9 or leave it out{at(seen.subject, line)}",
        line=line,
    )
