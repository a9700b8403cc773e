"""DL503 to DL505 and DL507: the images do not reach the weights, or reach them on the wrong scale."""

import numpy as np
import tensorflow as tf

from digitlab.base.findings import Finding
from digitlab.checker.observe.losses import Rows
from digitlab.checker.observe.observations import Observations
from digitlab.checker.observe.probe import PROBE_IMAGES
from digitlab.checker.rule import CUT_OFF, STUCK, WILD, Rule
from digitlab.checker.where import model_line, place_naming

IGNORED = Rule(
    code="DL503",
    slug="ignores-input",
    severity="error",
    title="the output does not depend on the image",
    why="Whatever the picture, the model gives the same numbers: somewhere on the way the image is lost (multiplied by "
    "zero, overwritten, replaced by its shape or its average). The best that training can do then is to predict the "
    "most frequent class.",
    wrong="x = self.hidden(tf.zeros_like(images))",
    right="x = self.hidden(images)",
    explains=CUT_OFF | STUCK | {"wrong-output-shape"},
)
SCALE = Rule(
    code="DL507",
    slug="wrong-input-scale",
    severity="error",
    title="the model expects pixels on another scale than it is fed",
    why="A threshold or a normalization inside the model that was made for bytes (0 to 255) sees only black in pixels "
    "from 0 to 1, and the other way round only white. What the images show is lost before the first weight.",
    wrong="x = tf.cast(images > 127, tf.float32)  # images were divided by 255 before",
    right="x = tf.cast(images > 0.5, tf.float32)",
    explains=CUT_OFF | STUCK | {"ignores-input"},
)
UNSCALED = Rule(
    code="DL504",
    slug="input-not-scaled",
    severity="error",
    title="pixels from 0 to 255 reach the weights unscaled",
    why="Initial weights and learning rates are made for inputs around one. With inputs 255 times as large, logits "
    "and gradients are, too: the loss starts in the hundreds, steps overshoot, ReLUs die, and training is slow, "
    "unsteady or stuck at 10%. And a model trained so predicts nonsense for images in [0, 1].",
    wrong="x_train = x_train.reshape(-1, 784).astype('float32')",
    right="x_train = x_train.reshape(-1, 784).astype('float32') / 255",
    explains=WILD | STUCK | {"unlike-training"},
)
TWICE = Rule(
    code="DL505",
    slug="scaled-twice",
    severity="error",
    title="the images are scaled down twice",
    why="Divided by 255 in the data and once more in the model, white is 1/255: all images look black. The first "
    "weights have to grow 255 times as large before the model sees anything, so training is very slow.",
    wrong="x_train = x_train / 255\nmodel = keras.Sequential([layers.Rescaling(1 / 255), …])",
    right="x_train = x_train / 255\nmodel = keras.Sequential([…])",
    explains=STUCK | {"unlike-training"},
    needs_file=True,
)

MAX_INPUT = 50.0  # of the first weights: between standardized pixels (below 10) and bytes (255)
MIN_INPUT_RANGE = 0.02  # between pixels that were scaled twice (0.004) and once


def check_scale(seen: Observations) -> Finding | None:
    """Predictions that are all the same, and differ once the pixels are multiplied or divided by 255."""
    if not _are_equal(seen.answers.random):
        return None
    images, _ = seen.subject.batch(0, PROBE_IMAGES)
    for times in (255.0, 1 / 255):
        with seen.probe.random_weights():
            rows = seen.probe.predict(tf.cast(tf.cast(images, tf.float32) * times, images.dtype))
        if rows is not None and np.isfinite(rows).all() and not _are_equal(rows):
            other = "255 times as large" if times > 1 else "255 times smaller"
            return SCALE.finding(
                f"the predictions for {PROBE_IMAGES} images with pixels up to {float(tf.reduce_max(images)):g} are all "
                f"the same; with pixels {other} they differ",
                "write thresholds and normalizations for the scale that you feed",
                line=model_line(seen.subject),
            )
    return None


def _are_equal(rows: Rows | None) -> bool:
    if rows is None or rows.ndim != 2 or not np.isfinite(rows).all():
        return False
    return bool(np.ptp(rows, axis=0).max() <= 1e-6 * max(1e-3, np.abs(rows).max()))


def check_count(seen: Observations) -> Finding | None:
    """As many predictions as images."""
    rows = seen.answers.at_start
    if rows is None or rows.ndim != 2 or rows.shape[1] != seen.subject.classes or len(rows) == PROBE_IMAGES:
        return None
    return IGNORED.finding(
        f"{len(rows)} predictions come out for {PROBE_IMAGES} images",
        "use the argument of the function, not images from outside of it",
        line=model_line(seen.subject),
    )


def check_ignored(seen: Observations) -> Finding | None:
    """Predictions for different images, at random weights."""
    rows = seen.answers.random
    if not seen.answers.usable or rows is None or not _are_equal(rows):
        return None
    return IGNORED.finding(
        f"with random weights, the outputs for {len(rows)} images differ by at most {np.ptp(rows, axis=0).max():.1g}",
        "follow the image through call() from its argument to the result",
        line=model_line(seen.subject),
    )


def check_unscaled(seen: Observations) -> Finding | None:
    """The inputs of the first weights, for images as the program feeds them."""
    low_high = seen.graph.input_range
    if low_high is None or max(abs(low_high[0]), abs(low_high[1])) < MAX_INPUT:
        return None
    return UNSCALED.finding(
        f"the inputs of the first weights go from {low_high[0]:.4g} to {low_high[1]:.4g}",
        "divide by 255 once, where the images are loaded",
        at=place_naming(seen.subject, "load_data", "astype", "cast"),
    )


def check_twice(seen: Observations) -> Finding | None:
    """The range of the inputs of the first weights, for images as the program feeds them."""
    low_high = seen.graph.input_range
    if low_high is None or seen.subject.program is None or not 0 < low_high[1] - low_high[0] < MIN_INPUT_RANGE:
        return None
    return TWICE.finding(
        f"the inputs of the first weights go from {low_high[0]:.2g} to {low_high[1]:.2g} instead of from 0 to 1",
        "scale the pixels in one place only",
        at=place_naming(seen.subject, "Rescaling", "normalize", "load_data"),
    )
