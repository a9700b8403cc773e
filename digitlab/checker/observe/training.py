"""One step of a program, watched; and short trainings."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.checker.observe.recording import Recorder
from digitlab.checker.subject import Subject

# (images, labels in the form that the program feeds) → anything
Step = Callable[[Any, Any], Any]

LOOK_EVERY = 20  # steps
ENOUGH_STEPS = 40  # after fewer nothing can be said
AT_MOST = 4.0  # times the seconds for a short training, however few steps that makes
JUMP = 8.0  # times the first loss
FALL_ENOUGH, RECOGNISED_ENOUGH = 0.3, 0.7  # of loss and images: nothing more is asked of a short training


@dataclass(frozen=True)
class Course:
    """A short training on the same few images.

    Attributes:
        losses: of the steps, one for each; none where a step asks for no gradient.
        start: the share of the images that was recognised before.
        end: and after.
    """

    losses: NDArray[np.float64]
    start: float
    end: float

    @property
    def finite(self) -> bool:
        """Whether no loss was infinite or not a number."""
        return bool(np.isfinite(self.losses).all())

    @property
    def jumps(self) -> bool:
        """Whether the loss was many times the first one on the way."""
        return self.finite and bool(self.losses.max() > JUMP * abs(self.losses[0]))

    @property
    def last(self) -> float:
        """The loss at the end: the median of the last five steps."""
        return float(np.median(self.losses[-5:]))

    @property
    def fall(self) -> float:
        """By which share of the first loss the last is lower; negative: it is higher."""
        if not self.finite or self.losses[0] == 0:
            return -np.inf
        return float((self.losses[0] - self.last) / abs(self.losses[0]))


def usual_step(subject: Subject, loss: Any, optimizer: Any) -> Step:
    """What `fit` does with a batch."""

    def step(images: Any, labels: Any) -> None:
        with tf.GradientTape() as tape:
            predictions = subject.call(images, True)
            value = tf.reduce_mean(loss(labels, predictions))
            if subject.keras_model is not None and subject.keras_model.losses:
                value += sum(subject.keras_model.losses)
        variables = subject.trainable(tape)
        gradients = tape.gradient(value, variables)
        optimizer.apply_gradients([(g, v) for g, v in zip(gradients, variables, strict=True) if g is not None])

    return step


def train_briefly(
    answer: Callable[[Any], Any],
    recorder: Recorder,
    step: Step,
    batch: tuple[Any, NDArray[np.int64], Any],
    *,
    steps: int,
    seconds: float,
) -> Course:
    """Train on one batch again and again, and see what becomes of the loss; stop once it has learned enough.

    Args:
        answer: images → predictions of the model that is trained.
        recorder: tells the loss of each step.
        step: what trains.
        batch: images, their true labels, and the labels as `step` takes them.
        steps: the most that are done.
        seconds: of computing, after which no more than `ENOUGH_STEPS` are done, and none if they would take too long.
    """
    images, labels, fed = batch
    losses: list[float] = []

    def recognised() -> float:
        answers = np.asarray(answer(images))
        return float((answers.reshape(len(labels), -1).argmax(axis=-1) == labels).mean())

    start, begun, first = recognised(), time.process_time(), 0.0
    for _ in range(steps):
        record = recorder.fresh()
        step(images, fed)
        if record.loss is not None:
            losses.append(float(np.mean(record.loss)))
        spent = (time.process_time() - begun) / seconds
        first = first or spent  # in which the step is compiled, mostly
        never = (spent - first) * ENOUGH_STEPS > AT_MOST * len(losses)
        if spent > AT_MOST or (spent > 1 and (never or len(losses) >= ENOUGH_STEPS)):
            break
        if losses and not np.isfinite(losses[-1]):
            break
        if len(losses) % LOOK_EVERY == 0 and losses:
            course = Course(np.array(losses), start, recognised())
            if course.fall > FALL_ENOUGH and course.end > RECOGNISED_ENOUGH:
                return course
    return Course(np.array(losses), start, recognised())
