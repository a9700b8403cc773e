"""DL201 to DL203: the loss teaches another class than that of the label: the next, a neighbour's, or any other."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.base.findings import Finding
from digitlab.checker.observe.losses import Rows
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rule import STUCK, WILD, Rule
from digitlab.checker.where import step_line

SHIFTED = Rule(
    code="DL201",
    slug="labels-shifted",
    severity="error",
    title="the loss teaches the class next to the labelled one",
    why="Each step raises one output: that of the class which the loss takes for the right one. If labels are shifted "
    "before they reach the loss, the model learns wrong names, while the loss goes down as it should.",
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
    why="Training minimizes the loss. Cross-entropy is minus the logarithm of the right class's probability; without "
    "the minus, training makes the right class as improbable as it can be.",
    wrong="loss = tf.reduce_mean(tf.reduce_sum(labels * tf.math.log(probabilities), axis=1))",
    right="loss = -tf.reduce_mean(tf.reduce_sum(labels * tf.math.log(probabilities), axis=1))",
    explains=WILD | STUCK,
)

MIN_SHARE = 0.8  # of the images show the mistake
MAX_RIGHT_SHARE = 0.5  # of the images are taught their own class
MIN_STEPS = 3
MIN_GRADIENT = 1e-12  # smaller differences between the outputs' gradients name no class


@dataclass(frozen=True)
class Gradients:
    """The gradient of each image's loss by its outputs."""

    gradient: Rows  # [N, classes]
    labels: NDArray[np.int64]  # true class numbers [N]
    before: NDArray[np.int64]  # the class of the image before it in its batch [N]
    after: NDArray[np.int64]  # the class of the image after it [N]

    def share(self, labels: NDArray[Any]) -> float:
        """The share of the images whose loss raises the output of the class `labels`."""
        return float((self.gradient.argmin(axis=1) == labels).mean())


def check(seen: Observations) -> Finding | None:
    """Which output the loss of each image raises in a step."""
    gradients = _gradients(seen)
    if gradients is None or gradients.share(gradients.labels) > MAX_RIGHT_SHARE:
        return None
    return _shifted(seen, gradients) or _misaligned(seen, gradients) or _wrong_sign(seen, gradients)


def _gradients(seen: Observations) -> Gradients | None:
    """None where too few images have a gradient."""
    pairs = [(one.gradient, one.labels) for one in seen.steps.eager if one.gradient is not None]
    pairs = [(gradient, labels) for gradient, labels in pairs if gradient.ndim == 2]
    if not seen.answers.usable or len(pairs) < MIN_STEPS:
        return None
    gradient = np.concatenate([one for one, _ in pairs])
    labels, before, after = (np.concatenate([np.roll(y, by) for _, y in pairs]) for by in (0, 1, -1))
    known = np.isfinite(gradient).all(axis=1) & (np.ptp(gradient, axis=1) > MIN_GRADIENT)
    return Gradients(gradient[known], labels[known], before[known], after[known]) if known.mean() > 0.5 else None


def _shifted(seen: Observations, gradients: Gradients) -> Finding | None:
    classes = seen.subject.classes
    shares = [gradients.share((gradients.labels + shift) % classes) for shift in range(classes)]
    shift = int(np.argmax(shares))
    if shares[shift] < MIN_SHARE:
        return None
    signed = f"+ {shift}" if shift <= classes // 2 else f"- {classes - shift}"
    return SHIFTED.finding(
        f"for {shares[shift]:.0%} of the images the loss raises the output of class label {signed}, for "
        f"{shares[0]:.0%} that of the label",
        "give the labels to the loss as they are: classes are numbered from 0",
        line=step_line(seen.subject),
    )


def _misaligned(seen: Observations, gradients: Gradients) -> Finding | None:
    for which, labels in (("before", gradients.before), ("after", gradients.after)):
        if (share := gradients.share(labels)) > MIN_SHARE:
            return MISALIGNED.finding(
                f"for {share:.0%} of the images the loss raises the output of the class of the image {which} it in "
                f"the batch, for {gradients.share(gradients.labels):.0%} its own",
                "keep images and labels in the same order: shuffle them together, as pairs",
                line=step_line(seen.subject),
            )
    return None


def _wrong_sign(seen: Observations, gradients: Gradients) -> Finding | None:
    gradient = gradients.gradient
    down = (gradient.argmax(axis=1) == gradients.labels) & (gradient.max(axis=1) > 0)
    if down.mean() < MIN_SHARE:
        return None
    return SIGN.finding(
        f"for {down.mean():.0%} of the images a step makes the labelled class less probable",
        "add the minus: loss = -tf.reduce_mean(tf.reduce_sum(labels * tf.math.log(probabilities), axis=1))",
        line=step_line(seen.subject),
    )
