"""DL107 to DL109: the model does not give one number per class, or none that can be trained."""

import numpy as np

from digitlab.base.findings import Finding
from digitlab.checker.observe.observations import Observations
from digitlab.checker.observe.probe import PROBE_IMAGES
from digitlab.checker.rule import CUT_OFF, STUCK, Rule
from digitlab.checker.where import model_line, place_naming, step_line

HARD = Rule(
    code="DL109",
    slug="hard-output",
    severity="error",
    title="the outputs are hard decisions, so no gradient flows",
    why="Rounding, argmax and one-hot have no gradient: the loss does not tell the weights how to change, and they "
    "stay as they are. Train on probabilities or logits, and decide when you use the predictions.",
    wrong="outputs = tf.one_hot(tf.argmax(logits, axis=1), 10)",
    right="outputs = tf.nn.softmax(logits)  # take the argmax when you use the predictions",
    explains=CUT_OFF | STUCK | {"logits-as-probabilities", "relu-on-logits", "wrong-output-shape"},
)
SHAPE = Rule(
    code="DL107",
    slug="wrong-output-shape",
    severity="error",
    title="the model does not give one number for each class",
    why="A classifier of ten digits gives ten numbers for each image. Fewer cannot name every class; more are classes "
    "that do not exist; with another axis (from a forgotten Flatten, for example) the loss compares the wrong numbers, "
    "often without an error.",
    wrong="model = keras.Sequential([layers.Input((28, 28)), layers.Dense(10)])  # gives [batch, 28, 10]",
    right="model = keras.Sequential([layers.Input((28, 28)), layers.Flatten(), layers.Dense(10)])",
    is_last=True,
)
NOT_A_NUMBER = Rule(
    code="DL108",
    slug="not-a-number",
    severity="error",
    title="the computation produces NaN or infinity",
    why="NaN and infinity spread: one of them in the loss, and after one step every weight is lost. They come from the "
    "logarithm of zero, a division by zero, or the exponential of a large number.",
    wrong="probabilities = tf.exp(logits) / tf.reduce_sum(tf.exp(logits), axis=1, keepdims=True)\n"
    "loss = -tf.reduce_mean(tf.math.log(probabilities[:, 0]))",
    right="loss = tf.nn.softmax_cross_entropy_with_logits(labels, logits)  # safe for any logits",
    is_last=True,
)


def check_hard(seen: Observations) -> Finding | None:
    """Outputs are small whole numbers for every image: at the start, at random weights, and at large ones."""
    start, random, rows = seen.answers.at_start, seen.answers.random, seen.answers.saturated
    if start is None or random is None or rows is None or not start.size or rows.ndim > 2 or np.ptp(rows) == 0:
        return None
    if any((one != np.round(one)).any() or np.abs(one).max() >= seen.subject.classes for one in (start, random, rows)):
        return None
    return HARD.finding(
        f"all {rows.size} outputs for {len(rows)} images are whole numbers, from {rows.min():g} to {rows.max():g}",
        "return the probabilities or logits themselves",
        at=place_naming(seen.subject, "round", "argmax", "sign", "one_hot"),
    )


def check_shape(seen: Observations) -> Finding | None:
    """The shape of the predictions."""
    rows, classes = seen.answers.at_start, seen.subject.classes
    if rows is None or rows.shape == (PROBE_IMAGES, classes):
        return None
    batch = "batch" if rows.shape[:1] == (PROBE_IMAGES,) else str(rows.shape[0] if rows.ndim else "no")
    return wrong_shape((batch, *rows.shape[1:]), classes, model_line(seen.subject))


def wrong_shape(shape: tuple[int | str, ...], classes: int, line: int | None) -> Finding:
    """The finding for predictions of this shape."""
    no_flatten = len(shape) > 2 and shape[-1] == classes
    return SHAPE.finding(
        f"the output has shape [{', '.join(map(str, shape))}], not [batch, {classes}]",
        "put layers.Flatten() before the last Dense layer" if no_flatten else f"end with layers.Dense({classes})",
        line=line,
    )


def check_number(seen: Observations) -> Finding | None:
    """Predictions and inputs at the start, and the loss of the first step at the program's own rate."""
    rows = seen.answers.at_start
    place = place_naming(seen.subject, "log", "exp", "divide", "sqrt")
    if rows is not None and rows.size and not np.isfinite(rows).all():
        return NOT_A_NUMBER.finding(
            f"{(~np.isfinite(rows)).mean():.0%} of the outputs for the first images are NaN or infinite before any "
            "training",
            "look for log(0), division by zero or exp of large numbers",
            at=place,
        )
    low_high = seen.graph.input_range
    if low_high is not None and not np.isfinite(low_high).all():
        return NOT_A_NUMBER.finding(
            f"the inputs of the first weights go from {low_high[0]:g} to {low_high[1]:g}",
            "look for log(0) or a division by zero before the first layer",
            at=place,
        )
    fit = seen.learning.overfit
    if fit is None or np.isfinite(fit.losses[0]):
        return None
    return NOT_A_NUMBER.finding(
        "the loss of the first step is NaN or infinite",
        "compute the loss from logits (from_logits=True, or tf.nn.softmax_cross_entropy_with_logits), which needs no "
        "log of a probability that may be zero",
        line=step_line(seen.subject),
    )
