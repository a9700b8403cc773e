"""DL201 to DL203: the loss teaches another class than the label says: the next, a neighbour's, or any other."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.checker.findings import STUCK, WILD, Finding, Rule
from digitlab.checker.observe.losses import Rows
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import step_line

SHIFTED = Rule(
    code="DL201",
    slug="labels-shifted",
    severity="error",
    title="the loss teaches the class next to the labelled one",
    why="The gradient of the loss pulls one output up: that of the class which the loss takes for the right one. If "
    "labels are shifted on their way there, the model learns wrong names, while the loss goes down as it should.",
    wrong="loss = loss_object(tf.roll(labels, 1, axis=1), predictions)",
    right="loss = loss_object(labels, predictions)",
    explains=WILD | STUCK,
)
MISALIGNED = Rule(
    code="DL202",
    slug="labels-misaligned",
    severity="error",
    title="the loss teaches each image the label of its neighbour",
    why="Images and labels belong together in pairs. If one of the two is moved inside the step, every image is "
    "taught the class of another one: there is nothing to learn but noise, and the accuracy stays near 10%.",
    wrong="loss = loss_object(tf.roll(labels, 1, axis=0), predictions)",
    right="loss = loss_object(labels, predictions)",
    explains=WILD | STUCK,
)
SIGN = Rule(
    code="DL203",
    slug="loss-wrong-sign",
    severity="error",
    title="a step makes the labelled class less probable",
    why="Training goes downhill on the loss. Cross-entropy is minus the logarithm of the right class's "
    "probability; without the minus, going downhill makes the right answer as improbable as it can be.",
    wrong="loss = tf.reduce_mean(tf.reduce_sum(labels * tf.math.log(probabilities), axis=1))",
    right="loss = -tf.reduce_mean(tf.reduce_sum(labels * tf.math.log(probabilities), axis=1))",
    explains=WILD | STUCK,
)

MOST = 0.8  # of the images


@dataclass(frozen=True)
class Pull:
    """Where the loss of each image pulls its outputs.

    Attributes:
        gradient: of the loss by the outputs [N, classes].
        labels: true ones [N].
        before: the label of the image before it in its batch [N].
        after: and after it.
    """

    gradient: Rows
    labels: NDArray[np.int64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]

    @property
    def wanted(self) -> NDArray[np.int64]:
        """The class that each image's loss wants more of."""
        return np.asarray(self.gradient.argmin(axis=1))

    def share(self, labels: NDArray[Any]) -> float:
        """Of how many images the loss wants the class `labels`."""
        return float((self.wanted == labels).mean())


def check(seen: Observations) -> Finding | None:
    """Which class the gradient of each image's loss pulls up."""
    pull = _pull(seen)
    if pull is None or pull.share(pull.labels) > 0.5:
        return None
    return _shifted(seen, pull) or _misaligned(seen, pull) or _wrong_sign(seen, pull)


def _pull(seen: Observations) -> Pull | None:
    """None where the loss pulls at too few outputs to tell."""
    steps = [one for one in seen.steps_eagerly if one.pull is not None and one.pull.ndim == 2]
    if not seen.usable or len(steps) < 3:
        return None
    gradient = np.concatenate([one.pull for one in steps if one.pull is not None])
    labels = np.concatenate([one.labels for one in steps])
    before = np.concatenate([np.roll(one.labels, 1) for one in steps])
    after = np.concatenate([np.roll(one.labels, -1) for one in steps])
    felt = np.isfinite(gradient).all(axis=1) & (np.ptp(gradient, axis=1) > 1e-12)
    return Pull(gradient[felt], labels[felt], before[felt], after[felt]) if felt.mean() > 0.5 else None


def _shifted(seen: Observations, pull: Pull) -> Finding | None:
    classes = seen.subject.classes
    shares = [pull.share((pull.labels + shift) % classes) for shift in range(classes)]
    shift = int(np.argmax(shares))
    if shares[shift] < MOST:
        return None
    return SHIFTED.finding(
        f"for {shares[shift]:.0%} of the images the loss pulls up the class label {_signed(shift, classes)}, for "
        f"{shares[0]:.0%} that of the label",
        "give the labels to the loss as they are: classes are numbered from 0",
        line=step_line(seen.subject),
    )


def _signed(shift: int, classes: int) -> str:
    return f"+ {shift}" if shift <= classes // 2 else f"- {classes - shift}"


def _misaligned(seen: Observations, pull: Pull) -> Finding | None:
    for which, labels in (("before", pull.before), ("after", pull.after)):
        if pull.share(labels) > MOST:
            return MISALIGNED.finding(
                f"for {pull.share(labels):.0%} of the images the loss pulls up the class of the image {which} it in "
                f"the batch, for {pull.share(pull.labels):.0%} its own",
                "keep images and labels in the same order: shuffle them together, as pairs",
                line=step_line(seen.subject),
            )
    return None


def _wrong_sign(seen: Observations, pull: Pull) -> Finding | None:
    down = (pull.gradient.argmax(axis=1) == pull.labels) & (pull.gradient.max(axis=1) > 0)
    if down.mean() < MOST:
        return None
    return SIGN.finding(
        f"for {down.mean():.0%} of the images a step makes the labelled class less probable",
        "put the minus there: loss = -tf.reduce_mean(tf.reduce_sum(labels * tf.math.log(probabilities), axis=1))",
        line=step_line(seen.subject),
    )
