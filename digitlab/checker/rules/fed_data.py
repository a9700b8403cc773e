"""DL601 to DL604: mistakes in the data that is fed: labels, polarity, test images, noise."""

import numpy as np
from numpy.typing import NDArray

from digitlab.base.findings import Finding
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rule import STUCK, WILD, WRONG_CLASS, Rule
from digitlab.checker.where import line_naming, place_naming

LABELS = Rule(
    code="DL601",
    slug="labels-do-not-match",
    severity="error",
    title="the labels that are fed do not belong to their images",
    why="If labels are counted from another number, shuffled without their images, or shifted against them, the model "
    "learns wrong names, or nothing. The training looks normal, or stays near 10%.",
    wrong="np.random.shuffle(x_train)\nnp.random.shuffle(y_train)",
    right="order = np.random.permutation(len(x_train))\nx_train, y_train = x_train[order], y_train[order]",
    explains=WRONG_CLASS | STUCK,
    needs_file=True,
)
INVERTED = Rule(
    code="DL602",
    slug="inverted-images",
    severity="warning",
    title="the images are fed black on white",
    why="MNIST is white ink on black: most pixels are zero and contribute nothing. Inverted, most are one, logits are "
    "large, and the model fails on every image that is not inverted in the same way: completely on the test images, if "
    "these are not.",
    wrong="x_train = 1 - x_train / 255",
    right="x_train = x_train / 255",
    explains=WILD | {"unlike-training"},
    needs_file=True,
)
LEAK = Rule(
    code="DL603",
    slug="test-images-in-train",
    severity="error",
    title="test or validation images are among the training images",
    why="The test part measures how a model does on images that it never saw. If it was trained on them, the figure "
    "is that of a pupil who was given the questions beforehand.",
    wrong="x = np.concatenate([x_train, x_test])\nmodel.fit(x, y)",
    right="model.fit(x_train, y_train)",
    needs_file=True,
)
NOISE = Rule(
    code="DL604",
    slug="noise-with-one-label",
    severity="warning",
    title="pictures from outside the data all have the same label",
    why="Noise, blank pictures or drawings that are fed as one of the classes teach that this class is everything that "
    "is not a digit: a smudge is then a zero, with certainty. Pictures of nothing need a class of their own, or none.",
    wrong="x = np.concatenate([x_train, noise])\ny = np.concatenate([y_train, np.zeros(len(noise), int)])",
    right="model.fit(x_train, y_train)",
    needs_file=True,
)

# Empirical shares of the images that are fed; the contract (tests/checker) holds the checker to them.
MIN_WRONG_LABELS = 0.2  # fewer may be label noise that is intended
MIN_SHIFTED = 0.8  # of the labels, to call it a shift
MIN_INVERTED = 0.9
MIN_IMAGES = 10  # that were recognised, or that are foreign
MIN_FOREIGN, MAX_FOREIGN = 0.02, 0.5
MIN_ONE_LABEL = 0.95  # of the foreign images
MIN_IN_VALIDATION = 0.02  # fewer are copies inside the data


def check_labels(seen: Observations) -> Finding | None:
    """The label that comes with an image beside the one that it has in the data."""
    fed = seen.subject.fed
    if fed is None or fed.labels is None:
        return None
    known = fed.true_labels >= 0
    given, truth = _class_numbers(fed.labels)[known], fed.true_labels[known]
    wrong = given != truth
    if known.sum() < MIN_IMAGES or wrong.mean() < MIN_WRONG_LABELS:
        return None
    observed = f"{wrong.mean():.0%} of {len(given)} recognised images have another label than in the data"
    shifts, classes = (given - truth)[given >= 0], seen.subject.classes
    for by in (1, -1):
        if np.isin(shifts, (by, by - np.sign(by) * classes)).mean() > MIN_SHIFTED:
            observed += f": {by:+d} each"
            break
    return LABELS.finding(
        observed,
        "keep each image with its own label, numbered as in the data",
        line=line_naming(seen.subject, "one_hot", "to_categorical", "shuffle", "permutation", "roll", "load_data"),
    )


def _class_numbers(labels: NDArray[np.generic]) -> NDArray[np.int64]:
    """Class numbers of what was fed; -1 where a row names no class."""
    rows = np.asarray(labels, np.float64).reshape(len(labels), -1)
    if rows.shape[1] == 1:
        return rows[:, 0].astype(np.int64)
    return np.where(rows.max(axis=1) > 0, rows.argmax(axis=1), -1)


def check_inverted(seen: Observations) -> Finding | None:
    """How many images are the negative of one of the data."""
    fed = seen.subject.fed
    if fed is None or fed.inverted < MIN_INVERTED:
        return None
    return INVERTED.finding(
        f"{fed.inverted:.0%} of the images that are fed are negatives of those in the data",
        "feed them as they are, white on black",
        at=place_naming(seen.subject, "load_data"),
    )


def check_leak(seen: Observations) -> Finding | None:
    """How many of the training images are ones of the test part, or of the validation images."""
    fed = seen.subject.fed
    if fed is None or (not fed.from_test.any() and fed.in_validation < MIN_IN_VALIDATION):
        return None
    fix = "split the images by their numbers: validate on x_train[:5000], train on x_train[5000:]"
    if fed.from_test.any():
        observed = f"{fed.from_test.sum()} of {len(fed.from_test)} training images that were compared are test images"
        fix = "train on the training part only"
    elif fed.validated is not None:
        observed = f"{fed.validated:.0%} of the validation images are among the training images"
    else:
        observed = f"{fed.in_validation:.0%} of the training images that were compared are among the validation images"
    names = ("delete", "concatenate", "concat", "vstack", "validation_data", "fit", "load_data")
    return LEAK.finding(observed, fix, at=place_naming(seen.subject, *names))


def check_noise(seen: Observations) -> Finding | None:
    """The labels of the images from outside the data, where most of the others are from the data."""
    fed = seen.subject.fed
    if fed is None or fed.labels is None:
        return None
    foreign = fed.true_labels < 0
    numbers, counts = np.unique(_class_numbers(fed.labels)[foreign], return_counts=True)
    if not MIN_FOREIGN < foreign.mean() < MAX_FOREIGN or foreign.sum() < MIN_IMAGES:
        return None
    if counts.max() < MIN_ONE_LABEL * foreign.sum():
        return None
    return NOISE.finding(
        f"{foreign.mean():.0%} of the images that are fed are not from the data, and {counts.max()} of these "
        f"{foreign.sum()} have the label {numbers[counts.argmax()]}",
        "leave them out, or give them a class of their own",
        at=place_naming(seen.subject, "random", "zeros", "concatenate", "vstack", "concat"),
    )
