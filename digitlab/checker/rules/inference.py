"""DL501, DL502 and DL506: training behaviour in inference, or the other way round."""

import numpy as np

from digitlab.base.findings import Finding
from digitlab.checker.observe.losses import Rows
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rule import Rule
from digitlab.checker.where import place_naming, step_line

RANDOM = Rule(
    code="DL501",
    slug="random-at-inference",
    severity="error",
    title="the same images get different predictions each time",
    why="Dropout and noise belong in training. If they stay on in inference, part of what the model knows is switched "
    "off at random: accuracy drops, and two runs of the same test give different figures.",
    wrong="def call(self, x):\n    x = tf.nn.dropout(self.hidden(x), 0.5)",
    right="def call(self, x, training=False):\n    x = self.dropout(self.hidden(x), training=training)",
    explains={"batch-dependent", "dropout-on-logits", "not-in-training-mode"},
)
BATCH = Rule(
    code="DL502",
    slug="batch-dependent",
    severity="error",
    title="the prediction for an image depends on the other images of its batch",
    why="In inference, each image should be judged by itself. If batch statistics are used (batch normalization in "
    "training mode, a mean over axis 0), the test accuracy depends on how the test images are batched, and a single "
    "image gets another prediction than in a batch.",
    wrong="x = self.normalization(x, training=True)",
    right="x = self.normalization(x, training=training)",
)
FLAG = Rule(
    code="DL506",
    slug="not-in-training-mode",
    severity="warning",
    title="the training step calls the model in inference mode",
    why="Dropout and batch normalization behave differently in training and in inference. Called without "
    "training=True, dropout does nothing, and batch normalization neither uses the batch nor updates its averages: the "
    "layers are there and do not work.",
    wrong="with tf.GradientTape() as tape:\n    predictions = model(images)",
    right="with tf.GradientTape() as tape:\n    predictions = model(images, training=True)",
)

# Relative to the largest prediction: float32 rounding stays below; other batches are summed in another order.
MAX_REPEAT_ERROR, MAX_BATCH_ERROR = 1e-5, 1e-3


def check_random(seen: Observations) -> Finding | None:
    """Two calls in inference mode on the same images, with the same weights."""
    pair = seen.answers.repeated
    if not seen.answers.usable or pair is None or (error := _difference(*pair, MAX_REPEAT_ERROR)) is None:
        return None
    return RANDOM.finding(
        f"two calls on the same {len(pair[0])} images in inference mode differ by up to {error:.3g}",
        "use layers.Dropout, and pass training on; never training=True inside the model",
        at=place_naming(seen.subject, "dropout", "Dropout", "GaussianNoise", "training"),
    )


def check_batch(seen: Observations) -> Finding | None:
    """The same images in two batches with different other images, in inference mode."""
    pair = seen.answers.in_two_batches
    if not seen.answers.usable or pair is None or (error := _difference(*pair, MAX_BATCH_ERROR)) is None:
        return None
    return BATCH.finding(
        f"predictions for the same {len(pair[0])} images differ by up to {error:.3g} when the rest of the batch "
        "changes",
        "use no statistics over the batch in inference",
        at=place_naming(seen.subject, "training", "BatchNormalization", "reduce_mean", "axis"),
    )


def check_flag(seen: Observations) -> Finding | None:
    """The model predicts differently in training mode, and the step got its predictions of inference mode."""
    pair, inferred = seen.answers.in_training, seen.answers.random
    if not seen.answers.usable or seen.subject.step is None or pair is None or inferred is None:
        return None
    if _difference(inferred, pair[0], MAX_BATCH_ERROR) is None:
        return None
    if not seen.steps.eager or not seen.steps.predict_as_in_inference:
        return None
    return FLAG.finding(
        "in the step the model gave exactly its predictions of inference mode; with training=True it gives others",
        "call it with training=True in the step: model(images, training=True)",
        line=step_line(seen.subject),
    )


def _difference(first: Rows, second: Rows, tolerance: float) -> float | None:
    """The largest difference; None where it is within `tolerance`, or the shapes differ."""
    if first.shape != second.shape:
        return None
    difference = float(np.abs(first - second).max())
    return difference if difference > tolerance * max(1.0, np.abs(first).max()) else None
