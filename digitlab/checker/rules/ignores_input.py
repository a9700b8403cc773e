"""DL503: every image gets the same answer."""

import numpy as np
import tensorflow as tf

from digitlab.checker.findings import CUT_OFF, STUCK, Finding, Rule
from digitlab.checker.observe.core import LOOKED_AT
from digitlab.checker.observe.losses import Rows
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import model_line

RULE = Rule(
    code="DL503",
    slug="ignores-input",
    severity="error",
    title="the answer does not depend on the image",
    why="Whatever the picture, the model gives the same numbers: somewhere on the way the image is lost "
    "(multiplied by zero, overwritten, replaced by its shape or its average). The best that training can do "
    "then is to answer the most frequent class.",
    wrong="x = self.hidden(tf.zeros_like(images))",
    right="x = self.hidden(images)",
    explains=CUT_OFF | STUCK | {"wrong-output-shape"},
)


SCALE = Rule(
    code="DL507",
    slug="wrong-input-scale",
    severity="error",
    title="the model expects pixels on another scale than it is fed",
    why="A threshold or a normalisation inside the model that was made for bytes (0 to 255) sees only black in pixels "
    "from 0 to 1, and the other way round only white. What the images show is lost before the first weight.",
    wrong="x = tf.cast(images > 127, tf.float32)  # images were divided by 255 before",
    right="x = tf.cast(images > 0.5, tf.float32)",
    explains=CUT_OFF | STUCK | {"ignores-input"},
)


def check_scale(seen: Observations) -> Finding | None:
    """Answers that are all the same, and differ once the pixels are multiplied or divided by 255."""
    if not _same(seen.when_shaken):
        return None
    images, _ = seen.subject.batch(0, LOOKED_AT)
    for times in (255.0, 1 / 255):
        with seen.shaken():
            rows = seen.answers_to(tf.cast(tf.cast(images, tf.float32) * times, images.dtype))
        if rows is not None and np.isfinite(rows).all() and not _same(rows):
            return SCALE.finding(
                f"the answers to {LOOKED_AT} images, pixels up to {float(tf.reduce_max(images)):g}, are all the same; "
                f"with pixels {'255 times as large' if times > 1 else '255 times smaller'} they differ",
                "write thresholds and normalisations for the scale that you feed",
                line=model_line(seen.subject),
            )
    return None


def _same(rows: Rows | None) -> bool:
    if rows is None or rows.ndim != 2 or not np.isfinite(rows).all():
        return False
    return bool(np.ptp(rows, axis=0).max() <= 1e-6 * max(1e-3, np.abs(rows).max()))


def check_count(seen: Observations) -> Finding | None:
    """As many answers as images."""
    rows = seen.at_start
    if rows is None or rows.ndim != 2 or rows.shape[1] != seen.subject.classes or len(rows) == LOOKED_AT:
        return None
    return RULE.finding(
        f"{len(rows)} answers come out for {LOOKED_AT} images",
        "use the argument of the function, not images from outside of it",
        line=model_line(seen.subject),
    )


def check(seen: Observations) -> Finding | None:
    """Answers for different images, at random weights."""
    rows = seen.when_shaken
    if not seen.usable or rows is None or not np.isfinite(rows).all():
        return None
    if not _same(rows):
        return None
    return RULE.finding(
        f"with random weights, the outputs for {len(rows)} images differ by at most {np.ptp(rows, axis=0).max():.1g}",
        "follow the image through call() from its argument to the result",
        line=model_line(seen.subject),
    )
