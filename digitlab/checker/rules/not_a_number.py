"""DL108: outputs or loss that are no numbers."""

import numpy as np

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import place_naming, step_line

RULE = Rule(
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


def check(seen: Observations) -> Finding | None:
    """At the start, and during the first steps with the program's own rate."""
    rows = seen.at_start
    if rows is not None and rows.size and not np.isfinite(rows).all():
        return RULE.finding(
            f"{(~np.isfinite(rows)).mean():.0%} of the outputs for the first images are no finite numbers, "
            "before any training",
            "look for log(0), division by zero or exp of large numbers",
            at=place_naming(seen.subject, "log", "exp", "divide", "sqrt"),
        )
    low_high = seen.range_at_first_weights
    if low_high is not None and not np.isfinite(low_high).all():
        return RULE.finding(
            f"the values that go into the first weights are from {low_high[0]:g} to {low_high[1]:g}",
            "look for log(0) or a division by zero before the first layer",
            at=place_naming(seen.subject, "log", "exp", "divide", "sqrt"),
        )
    course = seen.by_heart
    if course is None or np.isfinite(course.losses[0]):
        return None
    line = step_line(seen.subject)
    return RULE.finding(
        "the loss of the first step is not a finite number",
        "compute the loss from logits (from_logits=True, or tf.nn.softmax_cross_entropy_with_logits), which needs no "
        "log of a probability that may be zero",
        line=line,
    )
