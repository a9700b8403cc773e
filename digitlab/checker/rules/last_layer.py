"""DL103, DL105 and DL106: what the last layer does to the evidence, told from the answers."""

import numpy as np

from digitlab.checker.findings import STUCK, WRONG_CLASS, Finding, Rule
from digitlab.checker.observe.losses import Rows, are_probabilities
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import place_naming

AXIS = Rule(
    code="DL103",
    slug="softmax-wrong-axis",
    severity="error",
    title="the softmax runs over the wrong axis",
    why="The probabilities of the classes of one image have to sum to one. Over axis 0 it is the images of a "
    "batch that share one: the answer for an image then depends on which others happen to be in its batch, "
    "and a single image gets probability 1 for every class.",
    wrong="probabilities = tf.nn.softmax(logits, axis=0)",
    right="probabilities = tf.nn.softmax(logits)  # the last axis: the classes",
    explains=WRONG_CLASS | STUCK | {"batch-dependent", "logits-as-probabilities", "sigmoid-output"},
)


def check_axis(seen: Observations) -> Finding | None:
    """Columns sum to one over the batch, or everything does, and rows do not."""
    rows = seen.when_shaken
    if not seen.usable or rows is None or (rows < 0).any():
        return None
    columns, across = rows.sum(axis=0), rows.sum(axis=1)
    one_in_all = abs(rows.sum() - 1) < 1e-3
    if np.abs(across - 1).max() < 1e-2 or (np.abs(columns - 1).max() > 1e-3 and not one_in_all):
        return None
    return AXIS.finding(
        f"in a batch of {len(rows)} images an image sums to {across.min():.3f} to {across.max():.3f} over the "
        "classes, and "
        + ("all images together to 1.000" if one_in_all else f"a class to {columns.mean():.3f} over the images"),
        "take the softmax over the last axis (axis=-1, the default)",
        at=place_naming(seen.subject, "softmax", "Softmax", "exp", "axis"),
    )


CUT = Rule(
    code="DL105",
    slug="relu-on-logits",
    severity="error",
    title="a ReLU cuts the outputs off at zero",
    why="Evidence against a class is negative. A ReLU on the last layer makes zero of it, and where it does, the "
    "gradient is zero: a class that starts below zero for all images is never learned. Depending on the seed, "
    "accuracy is fine, loses whole classes, or stays at 10%.",
    wrong="logits = layers.Dense(10, activation='relu')(x)\noutputs = layers.Softmax()(logits)",
    right="logits = layers.Dense(10)(x)\noutputs = layers.Softmax()(logits)",
    explains=STUCK | {"dead-relus", "logits-as-probabilities"},
)


def check_cut(seen: Observations) -> Finding | None:
    """Several of an image's outputs are its lowest, and exactly equal: zero, or the softmax of zero."""
    rows = seen.when_shaken
    if not seen.usable or rows is None or not np.isfinite(rows).all():
        return None
    if not are_probabilities(rows) and rows.min() < 0:
        return None
    lowest = rows.min(axis=1, keepdims=True)
    if not are_probabilities(rows) and (lowest > 0).any():
        return None
    tied = (rows == lowest).sum(axis=1)
    if (tied >= 2).mean() < 0.5 or np.ptp(rows) < 1e-6 or ((lowest < 1e-30).all() and are_probabilities(rows)):
        return None
    return CUT.finding(
        f"with random weights, {tied.mean():.1f} of {rows.shape[1]} outputs of an image are exactly equal and its "
        "lowest, at the median: what a cut-off at zero gives",
        "leave the ReLU out after the last Dense layer",
        at=place_naming(seen.subject, "relu", "ReLU"),
    )


DROPOUT = Rule(
    code="DL106",
    slug="dropout-on-logits",
    severity="error",
    title="dropout leaves out some of the outputs themselves",
    why="Dropout makes hidden features do without one another. On the last layer it erases the evidence for "
    "classes, the right one too: then the loss punishes the model for something that it did not say.",
    wrong="x = layers.Dense(10)(x)\nx = layers.Dropout(0.5)(x)\noutputs = layers.Softmax()(x)",
    right="x = layers.Dropout(0.5)(x)\nx = layers.Dense(10)(x)\noutputs = layers.Softmax()(x)",
    explains=STUCK | {"logits-as-probabilities"},
)


def check_dropout(seen: Observations) -> Finding | None:
    """In training some outputs of a row are exactly equal (zero, or its softmax), at random; else they are not."""
    pair, calm = seen.while_training, seen.when_shaken
    if not seen.usable or pair is None or calm is None or pair[0].shape != calm.shape or np.array_equal(*pair):
        return None
    if _tied(calm).mean() > 0.05:
        return None
    erased = (_erased(pair[0]), _erased(pair[1]))
    share = float(np.mean([one.mean() for one in erased]))
    if min(one.any(axis=1).mean() for one in erased) < 0.1 or share < 0.02 or np.array_equal(*erased):
        return None
    return DROPOUT.finding(
        f"in training, about {share:.0%} of the outputs are exactly equal within their row, others each time",
        "put the dropout before the last Dense layer",
        at=place_naming(seen.subject, "Dropout", "dropout"),
    )


def _tied(rows: Rows) -> Rows:
    return np.array([len(np.unique(row)) < len(row) for row in rows], np.float64)


def _erased(rows: Rows) -> Rows:
    """Which outputs are zero, or share their value with another one of their row: [n, classes]."""
    if not are_probabilities(rows):
        return np.asarray(rows == 0)
    return np.array([[value == 0 or (row == value).sum() > 1 for value in row] for row in rows])
