"""DL506: the step trains the model as if it only answered."""

from __future__ import annotations

import numpy as np

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import step_line

RULE = Rule(
    code="DL506",
    slug="not-in-training-mode",
    severity="warning",
    title="the step does not tell the model that it trains",
    why="Dropout and batch normalisation behave in one way in training and in another when the model answers. "
    "Called without training=True, dropout does nothing, and batch normalisation neither uses the batch nor "
    "learns its averages: the layers are there and do not work.",
    wrong="with tf.GradientTape() as tape:\n    predictions = model(images)",
    right="with tf.GradientTape() as tape:\n    predictions = model(images, training=True)",
)


def check(seen: Observations) -> Finding | None:
    """The model answers otherwise in training, and the step got its answers of inference."""
    pair, calm = seen.while_training, seen.when_shaken
    if not seen.usable or seen.subject.step is None or pair is None or calm is None:
        return None
    if pair[0].shape != calm.shape or np.abs(pair[0] - calm).max() <= 1e-3 * max(1.0, np.abs(calm).max()):
        return None
    steps = seen.steps_eagerly
    if not steps or not seen.step_answers_as_in_inference:
        return None
    return RULE.finding(
        "in the step the model gave exactly its answers of inference; called with training=True it gives others",
        "call it with training=True in the step: model(images, training=True)",
        line=step_line(seen.subject),
    )
