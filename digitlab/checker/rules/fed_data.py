"""DL601 to DL604: what is fed is not what it should be: labels, polarity, test images, noise."""

import numpy as np
from numpy.typing import NDArray

from digitlab.checker.findings import STUCK, WILD, WRONG_CLASS, Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.subject import Fed
from digitlab.checker.where import line_naming, place_naming

LABELS = Rule(
    code="DL601",
    slug="labels-do-not-match",
    severity="error",
    title="the labels that are fed do not belong to their images",
    why="If labels are counted from another number, shuffled without their images, or shifted against them, the "
    "model learns what they say: wrong names, or nothing. The training looks normal, or stays near 10%.",
    wrong="np.random.shuffle(x_train)\nnp.random.shuffle(y_train)",
    right="order = np.random.permutation(len(x_train))\nx_train, y_train = x_train[order], y_train[order]",
    explains=WRONG_CLASS | STUCK,
)
INVERTED = Rule(
    code="DL602",
    slug="inverted-images",
    severity="warning",
    title="the images are fed black on white",
    why="MNIST is white ink on black: most pixels are zero and cost nothing. Inverted, most are one, evidence "
    "starts large, and the model fails on every image that is not inverted in the same way: on the test "
    "images, if they are not, completely.",
    wrong="x_train = 1 - x_train / 255",
    right="x_train = x_train / 255",
    explains=WILD | {"unlike-training"},
)
LEAK = Rule(
    code="DL603",
    slug="test-images-in-train",
    severity="error",
    title="images to test or validate on are among the training images",
    why="The test part tells how a model does on images that it never saw. If it was trained on them, the figure "
    "is that of a pupil who was given the questions beforehand.",
    wrong="x = np.concatenate([x_train, x_test])\nmodel.fit(x, y)",
    right="model.fit(x_train, y_train)",
)
NOISE = Rule(
    code="DL604",
    slug="noise-with-one-label",
    severity="warning",
    title="pictures that are none of the data all carry the same label",
    why="Noise, blank pictures or drawings that are fed as one of the classes teach that this class is whatever is no "
    "digit: a smudge is then a zero, with certainty. Pictures of nothing need a class of their own, or none.",
    wrong="x = np.concatenate([x_train, noise])\ny = np.concatenate([y_train, np.zeros(len(noise), int)])",
    right="model.fit(x_train, y_train)",
)

MISMATCH = 0.2  # of the images: fewer may be noise that is meant
INVERTED_SHARE = 0.9
ENOUGH = 10  # images that were recognised as ones of the data
FOREIGN = (0.02, 0.5)  # of the images that are fed: other pictures than those of the data
ONE_LABEL = 0.95  # of these
VALIDATED = 0.02  # of the training images: fewer are copies inside the data


def check_labels(seen: Observations) -> Finding | None:
    """The label that comes with an image beside the one that it has in the data."""
    fed = seen.subject.fed
    if fed is None or fed.labels is None:
        return None
    known = fed.true_labels >= 0
    given, truth = _class_numbers(fed.labels)[known], fed.true_labels[known]
    wrong = given != truth
    if known.sum() < ENOUGH or wrong.mean() < MISMATCH:
        return None
    return LABELS.finding(
        _how(given, truth, wrong, seen.subject.classes),
        "keep each image with its own label, numbered as in the data",
        line=line_naming(seen.subject, "one_hot", "to_categorical", "shuffle", "permutation", "roll", "load_data"),
    )


def _class_numbers(labels: NDArray[np.generic]) -> NDArray[np.int64]:
    """Class numbers of what was fed; -1 where a row names no class."""
    rows = np.asarray(labels, np.float64).reshape(len(labels), -1)
    if rows.shape[1] == 1:
        return rows[:, 0].astype(np.int64)
    return np.where(rows.max(axis=1) > 0, rows.argmax(axis=1), -1)


def _how(given: NDArray[np.int64], truth: NDArray[np.int64], wrong: NDArray[np.bool_], classes: int) -> str:
    share = f"{wrong.mean():.0%} of {len(given)} images that were recognised have another label than in the data"
    shifts = (given - truth)[given >= 0]
    for by in (1, -1):
        if np.isin(shifts, (by, by - np.sign(by) * classes)).mean() > 0.8:
            return f"{share}: {by:+d} each"
    return share


def check_inverted(seen: Observations) -> Finding | None:
    """How many images are the negative of one of the data."""
    fed = seen.subject.fed
    if fed is None or fed.inverted < INVERTED_SHARE:
        return None
    return INVERTED.finding(
        f"{fed.inverted:.0%} of the images that are fed are negatives of those in the data",
        "feed them as they are, white on black",
        at=place_naming(seen.subject, "load_data"),
    )


def check_leak(seen: Observations) -> Finding | None:
    """How many of the images that are trained on are ones of the test part, or of those to validate on."""
    fed: Fed | None = seen.subject.fed
    if fed is None or (not fed.from_test.any() and fed.in_validation < VALIDATED):
        return None
    observed = f"{fed.in_validation:.0%} of the training images that were looked at are among those to validate on"
    fix = "take the validation images out of the training images, by their numbers: x_train[5000:], x_train[:5000]"
    if fed.from_test.any():
        observed = f"{fed.from_test.sum()} of {len(fed.from_test)} training images that were looked at are test images"
        fix = "train on the training part only"
    elif fed.validated is not None:
        observed = f"{fed.validated:.0%} of the images to validate on are among the training images"
    names = ("delete", "concatenate", "concat", "vstack", "validation_data", "fit", "load_data")
    return LEAK.finding(observed, fix, at=place_naming(seen.subject, *names))


def check_noise(seen: Observations) -> Finding | None:
    """The labels of the images that are none of the data, where most of the others are."""
    fed = seen.subject.fed
    if fed is None or fed.labels is None:
        return None
    foreign = fed.true_labels < 0
    numbers, counts = np.unique(_class_numbers(fed.labels)[foreign], return_counts=True)
    if not FOREIGN[0] < foreign.mean() < FOREIGN[1] or foreign.sum() < ENOUGH:
        return None
    if counts.max() < ONE_LABEL * foreign.sum():
        return None
    return NOISE.finding(
        f"{foreign.mean():.0%} of the images that are fed are none of the data, and {counts.max()} of these "
        f"{foreign.sum()} are labelled {numbers[counts.argmax()]}",
        "leave them out, or give them a class of their own",
        at=place_naming(seen.subject, "random", "zeros", "concatenate", "vstack", "concat"),
    )
