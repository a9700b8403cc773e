"""DL103, DL105 and DL106: what the last layer does to the logits, seen in the predictions."""

import numpy as np

from digitlab.base.findings import Finding
from digitlab.checker.observe.losses import Rows
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rule import STUCK, WRONG_CLASS, Rule
from digitlab.checker.where import place_naming
from digitlab.programs.outputs import are_probabilities

AXIS = Rule(
    code="DL103",
    slug="softmax-wrong-axis",
    severity="error",
    title="the softmax runs over the wrong axis",
    why="The probabilities of the classes of one image have to sum to one. Over axis 0 the images of a batch share "
    "that sum: the prediction for an image then depends on the other images of its batch, and a single image gets "
    "probability 1 for every class.",
    wrong="probabilities = tf.nn.softmax(logits, axis=0)",
    right="probabilities = tf.nn.softmax(logits)  # the last axis: the classes",
    explains=WRONG_CLASS | STUCK | {"batch-dependent", "logits-as-probabilities", "sigmoid-output"},
)
CUT = Rule(
    code="DL105",
    slug="relu-on-logits",
    severity="error",
    title="a ReLU cuts the outputs off at zero",
    why="A negative logit speaks against a class. A ReLU on the last layer makes it zero, and where it does, the "
    "gradient is zero: a class that starts below zero for all images is never learned. Depending on the seed, the "
    "accuracy is fine, whole classes are lost, or it stays at 10%.",
    wrong="logits = layers.Dense(10, activation='relu')(x)\noutputs = layers.Softmax()(logits)",
    right="logits = layers.Dense(10)(x)\noutputs = layers.Softmax()(logits)",
    explains=STUCK | {"dead-relus", "logits-as-probabilities"},
)
DROPOUT = Rule(
    code="DL106",
    slug="dropout-on-logits",
    severity="error",
    title="dropout is applied to the outputs themselves",
    why="Dropout makes hidden features less dependent on one another. On the last layer it erases the logits of "
    "classes, the right one too: then the loss punishes the model for something that it did not predict.",
    wrong="x = layers.Dense(10)(x)\nx = layers.Dropout(0.5)(x)\noutputs = layers.Softmax()(x)",
    right="x = layers.Dropout(0.5)(x)\nx = layers.Dense(10)(x)\noutputs = layers.Softmax()(x)",
    explains=STUCK | {"logits-as-probabilities"},
)

MIN_TIED_ROWS = 0.5  # of the images have tied lowest outputs
UNDERFLOW = 1e-30  # such probabilities are equal because float32 ends there
MAX_TIED_IN_INFERENCE = 0.05  # of the rows
MIN_ERASED, MIN_ERASED_ROWS = 0.02, 0.1  # of the outputs, and of the rows that have one


def check_axis(seen: Observations) -> Finding | None:
    """Columns sum to one over the batch, or everything does, and rows do not."""
    rows = seen.answers.random
    if not seen.answers.usable or rows is None or (rows < 0).any():
        return None
    columns, across = rows.sum(axis=0), rows.sum(axis=1)
    one_in_all = abs(rows.sum() - 1) < 1e-3
    if np.abs(across - 1).max() < 1e-2 or (np.abs(columns - 1).max() > 1e-3 and not one_in_all):
        return None
    other = "all images together to 1.000" if one_in_all else f"a class to {columns.mean():.3f} over the images"
    return AXIS.finding(
        f"in a batch of {len(rows)} images an image sums to {across.min():.3f} to {across.max():.3f} over the "
        f"classes, and {other}",
        "take the softmax over the last axis (axis=-1, the default)",
        at=place_naming(seen.subject, "softmax", "Softmax", "exp", "axis"),
    )


def check_cut(seen: Observations) -> Finding | None:
    """Several outputs of an image are its lowest, and exactly equal: zero, or the softmax of zero."""
    rows = seen.answers.random
    if not seen.answers.usable or rows is None or not np.isfinite(rows).all():
        return None
    lowest, probabilities = rows.min(axis=1, keepdims=True), are_probabilities(rows)
    if (lowest < UNDERFLOW).all() if probabilities else (lowest != 0).any():
        return None
    tied = (rows == lowest).sum(axis=1)
    if (tied >= 2).mean() < MIN_TIED_ROWS or np.ptp(rows) < 1e-6:
        return None
    return CUT.finding(
        f"with random weights, {tied.mean():.1f} of {rows.shape[1]} outputs of an image are exactly equal and its "
        "lowest, on average: what a cut-off at zero gives",
        "remove the ReLU after the last Dense layer",
        at=place_naming(seen.subject, "relu", "ReLU"),
    )


def check_dropout(seen: Observations) -> Finding | None:
    """In training some outputs of a row are exactly equal (zero, or its softmax), at random; in inference not."""
    pair, inferred = seen.answers.in_training, seen.answers.random
    if not seen.answers.usable or pair is None or inferred is None or pair[0].shape != inferred.shape:
        return None
    if np.array_equal(*pair) or np.mean([len(set(row)) < len(row) for row in inferred]) > MAX_TIED_IN_INFERENCE:
        return None
    erased = (_erased(pair[0]), _erased(pair[1]))
    share = float(np.mean(erased))
    if min(one.any(axis=1).mean() for one in erased) < MIN_ERASED_ROWS or share < MIN_ERASED:
        return None
    if np.array_equal(*erased):
        return None
    return DROPOUT.finding(
        f"in training, about {share:.0%} of the outputs are exactly equal within their row, others each time",
        "put the dropout before the last Dense layer",
        at=place_naming(seen.subject, "Dropout", "dropout"),
    )


def _erased(rows: Rows) -> Rows:
    """Which outputs are zero, or equal to another one of their row: [images, classes]."""
    if not are_probabilities(rows):
        return np.asarray(rows == 0)
    return np.array([[value == 0 or (row == value).sum() > 1 for value in row] for row in rows])
