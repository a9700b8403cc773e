"""DL107 to DL109: what comes out is not ten degrees for each image."""

import numpy as np

from digitlab.checker.findings import CUT_OFF, STUCK, Finding, Rule
from digitlab.checker.observe.core import LOOKED_AT
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import model_line, place_naming, step_line

HARD = Rule(
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


def check_hard(seen: Observations) -> Finding | None:
    """Answers are small whole numbers for every image: at the start, with random weights, and with large ones."""
    start, shaken, rows = seen.at_start, seen.when_shaken, seen.when_saturated
    if start is None or shaken is None or rows is None or not start.size or rows.ndim > 2 or np.ptp(rows) == 0:
        return None
    if any((one != np.round(one)).any() or np.abs(one).max() >= seen.subject.classes for one in (start, shaken, rows)):
        return None
    return HARD.finding(
        f"all {rows.size} outputs for {len(rows)} images are whole numbers, from {rows.min():g} to {rows.max():g}",
        "return the probabilities or logits themselves",
        at=place_naming(seen.subject, "round", "argmax", "sign", "one_hot"),
    )


SHAPE = Rule(
    code="DL107",
    slug="wrong-output-shape",
    severity="error",
    title="the model does not give one number for each class",
    why="A classifier of ten digits answers each image with ten numbers. Fewer cannot name every class; more are "
    "classes that do not exist; another axis (a forgotten Flatten, say) makes the loss compare things that do "
    "not belong together, often without an error.",
    wrong="model = keras.Sequential([layers.Input((28, 28)), layers.Dense(10)])  # gives [batch, 28, 10]",
    right="model = keras.Sequential([layers.Input((28, 28)), layers.Flatten(), layers.Dense(10)])",
    is_last=True,
)


def check_shape(seen: Observations) -> Finding | None:
    """The shape of what comes out."""
    rows = seen.at_start
    classes = seen.subject.classes
    if rows is None or rows.shape == (LOOKED_AT, classes):
        return None
    batch = "batch" if rows.shape[:1] == (LOOKED_AT,) else str(rows.shape[0] if rows.ndim else "no")
    return wrong_shape((batch, *rows.shape[1:]), classes, model_line(seen.subject))


def wrong_shape(shape: tuple[int | str, ...], classes: int, line: int | None) -> Finding:
    """The finding for answers of this shape."""
    forgotten = len(shape) > 2 and shape[-1] == classes
    return SHAPE.finding(
        f"[{', '.join(map(str, shape))}] comes out where [batch, {classes}] is needed",
        "put layers.Flatten() before the last Dense layer" if forgotten else f"end with layers.Dense({classes})",
        line=line,
    )


NO_NUMBER = Rule(
    code="DL108",
    slug="not-a-number",
    severity="error",
    title="the calculation gives values that are no numbers",
    why="Infinity and not-a-number spread: one of them in the loss, and after one step every weight is lost. They "
    "come from the logarithm of zero, a division by zero, or the exponential of a large number.",
    wrong="probabilities = tf.exp(logits) / tf.reduce_sum(tf.exp(logits), axis=1, keepdims=True)\n"
    "loss = -tf.reduce_mean(tf.math.log(probabilities[:, 0]))",
    right="loss = tf.nn.softmax_cross_entropy_with_logits(labels, logits)  # safe for any logits",
    is_last=True,
)


def check_number(seen: Observations) -> Finding | None:
    """At the start, and during the first steps with the program's own rate."""
    rows = seen.at_start
    if rows is not None and rows.size and not np.isfinite(rows).all():
        return NO_NUMBER.finding(
            f"{(~np.isfinite(rows)).mean():.0%} of the outputs for the first images are no finite numbers, "
            "before any training",
            "look for log(0), division by zero or exp of large numbers",
            at=place_naming(seen.subject, "log", "exp", "divide", "sqrt"),
        )
    low_high = seen.range_at_first_weights
    if low_high is not None and not np.isfinite(low_high).all():
        return NO_NUMBER.finding(
            f"the values that go into the first weights are from {low_high[0]:g} to {low_high[1]:g}",
            "look for log(0) or a division by zero before the first layer",
            at=place_naming(seen.subject, "log", "exp", "divide", "sqrt"),
        )
    course = seen.by_heart
    if course is None or np.isfinite(course.losses[0]):
        return None
    line = step_line(seen.subject)
    return NO_NUMBER.finding(
        "the loss of the first step is not a finite number",
        "compute the loss from logits (from_logits=True, or tf.nn.softmax_cross_entropy_with_logits), which needs no "
        "log of a probability that may be zero",
        line=line,
    )
