"""DL501, DL502 and DL506: what belongs into training or into answering is done in the other."""

import numpy as np

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import place_naming, step_line

RANDOM = Rule(
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


def check_random(seen: Observations) -> Finding | None:
    """Two calls without training on the same images, with the same weights."""
    twice = seen.answered_twice
    if not seen.usable or twice is None or twice[0].shape != twice[1].shape:
        return None
    off = np.abs(twice[0] - twice[1]).max()
    if not off > 1e-5 * max(1.0, np.abs(twice[0]).max()):
        return None
    return RANDOM.finding(
        f"two calls on the same {len(twice[0])} images, not in training, differ by up to {off:.3g}",
        "use layers.Dropout, and pass training on; never training=True inside the model",
        at=place_naming(seen.subject, "dropout", "Dropout", "GaussianNoise", "training"),
    )


COMPANY = Rule(
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


def check_company(seen: Observations) -> Finding | None:
    """The same images in two batches of different company, not in training."""
    pair = seen.in_other_company
    if not seen.usable or pair is None or pair[0].shape != pair[1].shape:
        return None
    off = np.abs(pair[0] - pair[1]).max()
    if not off > 1e-3 * max(1.0, np.abs(pair[0]).max()):
        return None
    return COMPANY.finding(
        f"answers for the same {len(pair[0])} images differ by up to {off:.3g} when the rest of the batch changes",
        "take no statistics over the batch when the model answers",
        at=place_naming(seen.subject, "training", "BatchNormalization", "reduce_mean", "axis"),
    )


FLAG = Rule(
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


def check_flag(seen: Observations) -> Finding | None:
    """The model answers otherwise in training, and the step got its answers of inference."""
    pair, calm = seen.while_training, seen.when_shaken
    if not seen.usable or seen.subject.step is None or pair is None or calm is None:
        return None
    if pair[0].shape != calm.shape or np.abs(pair[0] - calm).max() <= 1e-3 * max(1.0, np.abs(calm).max()):
        return None
    steps = seen.steps_eagerly
    if not steps or not seen.step_answers_as_in_inference:
        return None
    return FLAG.finding(
        "in the step the model gave exactly its answers of inference; called with training=True it gives others",
        "call it with training=True in the step: model(images, training=True)",
        line=step_line(seen.subject),
    )
