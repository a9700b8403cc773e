"""The default training step, and short trainings on one batch."""

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

STEPS_BETWEEN_TESTS = 20
MIN_STEPS = 40  # fewer show nothing
MAX_TIME_FACTOR = 4.0  # times the given seconds, however few steps that allows
JUMP_FACTOR = 8.0  # times the first loss
SUFFICIENT_FALL, SUFFICIENT_ACCURACY = 0.3, 0.7  # no rule asks for more, so the training stops


@dataclass(frozen=True)
class ShortFit:
    """A short training on the same few images."""

    losses: NDArray[np.float64]  # one for each step that asked for a gradient
    start: float  # the accuracy on these images before
    end: float  # and after

    @property
    def finite(self) -> bool:
        """Whether every loss was a finite number."""
        return bool(np.isfinite(self.losses).all())

    @property
    def jumps(self) -> bool:
        """Whether the loss rose to many times the first one."""
        return self.finite and bool(self.losses.max() > JUMP_FACTOR * abs(self.losses[0]))

    @property
    def last(self) -> float:
        """The median loss of the last five steps."""
        return float(np.median(self.losses[-5:]))

    @property
    def fall(self) -> float:
        """How far the loss fell, as a share of the first one; negative: it rose."""
        if not self.finite or self.losses[0] == 0:
            return -np.inf
        return float((self.losses[0] - self.last) / abs(self.losses[0]))


def default_step(subject: Subject, loss: Any, optimizer: Any) -> Step:
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
    predict: Callable[[Any], Any],
    recorder: Recorder,
    step: Step,
    batch: tuple[Any, NDArray[np.int64], Any],
    *,
    steps: int,
    seconds: float,
) -> ShortFit:
    """Train on one batch again and again; stop once it has learned enough.

    Args:
        predict: images → predictions of the model.
        recorder: knows the loss of each step.
        step: the training step.
        batch: images, their class numbers, and the labels as `step` takes them.
        steps: the maximal number of steps.
        seconds: of computing, after which it stops at `MIN_STEPS`, and earlier if these would take too long.
    """
    images, labels, fed = batch
    losses: list[float] = []

    def accuracy() -> float:
        answers = np.asarray(predict(images))
        return float((answers.reshape(len(labels), -1).argmax(axis=-1) == labels).mean())

    start, begun, first = accuracy(), time.process_time(), 0.0
    for _ in range(steps):
        record = recorder.new_record()
        step(images, fed)
        if record.loss is not None:
            losses.append(float(np.mean(record.loss)))
        spent = (time.process_time() - begun) / seconds
        first = first or spent  # most of it compiles the step
        too_slow = (spent - first) * MIN_STEPS > MAX_TIME_FACTOR * len(losses)
        if spent > MAX_TIME_FACTOR or (spent > 1 and (too_slow or len(losses) >= MIN_STEPS)):
            break
        if losses and not np.isfinite(losses[-1]):
            break
        if losses and len(losses) % STEPS_BETWEEN_TESTS == 0:
            fit = ShortFit(np.array(losses), start, accuracy())
            if fit.fall > SUFFICIENT_FALL and fit.end > SUFFICIENT_ACCURACY:
                return fit
    return ShortFit(np.array(losses), start, accuracy())
