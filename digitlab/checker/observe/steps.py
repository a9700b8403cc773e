"""What the training steps of a program do: the loss they compute, its gradient, the weights they change."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.checker.observe.answers import Answers
from digitlab.checker.observe.losses import LossMatch, Rows, as_rows, explain
from digitlab.checker.observe.probe import PROBE_IMAGES, Probe
from digitlab.checker.observe.rate import Rate, rate_of
from digitlab.checker.observe.recording import Record
from digitlab.checker.observe.training import Step, default_step
from digitlab.programs.outputs import wants_class_numbers
from digitlab.programs.source import message_of
from digitlab.programs.stage import line_by_line

BATCH, BATCHES = 24, 8
EAGER_BATCHES = 5  # eager steps take longer; with fewer, a wrong loss may be explained by chance
SLOW_BATCH, SLOW_BATCHES = 8, 3  # of a slow model, eagerly: the compiled steps show its loss
WARMED_UP_STEP = 5  # by then a rate that starts at zero has grown
DEFAULT_RATE = 0.01
SAME_PREDICTIONS = 1e-4  # of the largest one


@dataclass(frozen=True)
class ObservedStep:
    """One step at random weights."""

    record: Record  # what happened
    predictions: Rows  # of the model in the step [n, …]
    # predictions in inference mode for the same images and weights; None: the model raises, or compiled
    inferred: Rows | None
    labels: NDArray[np.int64]  # true class numbers of its batch [n]
    loss: float  # the value that was differentiated
    changed: tuple[bool, ...]  # which of the weights the step changed
    gradient: Rows | None  # of the loss by the predictions [n, …]; None: there is no path, or the step was compiled


class Steps:
    """Observes single steps."""

    # the record of the last step that raised or differentiated nothing, and changed no weight
    failed: Record | None = None

    def __init__(self, probe: Probe, answers: Answers) -> None:
        self._probe = probe
        self._answers = answers
        self._subject = probe.subject

    @cached_property
    def optimizer(self) -> keras.optimizers.Optimizer:
        """The program's, or SGD."""
        optimizer = self._subject.optimizer or keras.optimizers.SGD(DEFAULT_RATE)
        if not optimizer.built:
            model = self._subject.keras_model
            optimizer.build(model.trainable_variables if model is not None else self._probe.weights)
        self._probe.state.add(optimizer.variables)
        return optimizer

    @cached_property
    def rate(self) -> Rate | None:
        """The learning rate, where it can be changed."""
        return rate_of(self._subject, self.optimizer)

    def noticeable_rate(self) -> AbstractContextManager[None]:
        """Raise a very small rate in the block, so that rounding does not hide whether weights change at all."""
        rate = self.rate
        if rate is None or not 0 < rate.value < DEFAULT_RATE:
            return nullcontext()
        return rate.multiplied(DEFAULT_RATE / rate.value)

    @cached_property
    def step(self) -> Step | None:
        """The program's own step, or the default one with its loss; None where neither is known."""
        if self._subject.step is not None:
            return self._subject.step
        if self._subject.loss is None or not self._answers.usable:
            return None
        compiled: Step = tf.function(default_step(self._subject, self._subject.loss, self.optimizer), jit_compile=False)
        return compiled

    @cached_property
    def whole_labels(self) -> bool:
        """Whether loss and step take class numbers, not one-hot rows: as fed, as named, or as they can be called."""
        if self._subject.whole_labels is not None:
            return self._subject.whole_labels
        if wants_class_numbers(self._subject.loss):
            return True
        with line_by_line():
            return next((whole for whole in (False, True) if self._observe(0, whole, eager=False) is not None), False)

    @cached_property
    def refused_labels(self) -> str | None:
        """The error of the loss when it is called with labels as they are fed; None: it takes them, or is unknown."""
        rows, loss, whole = self._answers.at_start, self._subject.loss, self._subject.whole_labels
        if self._subject.step is not None or whole is None or loss is None or not self._answers.usable:
            return None
        _, labels = self._subject.batch(0, PROBE_IMAGES)
        try:
            loss(self._subject.as_fed(labels, whole), tf.constant(rows, tf.float32))
        except Exception as error:
            return message_of(error)
        return None

    @cached_property
    def eager(self) -> list[ObservedStep]:
        """Eager steps on different batches from the same random weights; empty where none can be done."""
        with line_by_line(), self.noticeable_rate():
            return self._observe_all(SLOW_BATCHES if self._probe.slow else EAGER_BATCHES, eager=True)

    @cached_property
    def as_run(self) -> list[ObservedStep]:
        """The same as the program runs them, compiled or not."""
        return self._observe_all(BATCHES, eager=False)

    def _observe_all(self, count: int, *, eager: bool) -> list[ObservedStep]:
        found: list[ObservedStep] = []
        for index in range(count):
            one = self._observe(index, self.whole_labels, eager=eager)
            if one is None:
                return []
            found.append(one)
        return found

    def _observe(self, index: int, whole: bool, *, eager: bool) -> ObservedStep | None:
        step, probe = self.step, self._probe
        if step is None:
            return None
        size = SLOW_BATCH if eager and probe.slow else BATCH
        images, labels = self._subject.step_batch(index * size, size)
        fed = self._subject.as_fed(labels, whole)
        optimizer = self.optimizer  # its variables are among those that are restored
        with probe.random_weights():
            if float(np.asarray(optimizer.learning_rate)) == 0:  # the first step of a warm-up changes nothing
                optimizer.iterations.assign(WARMED_UP_STEP)
            record, before = probe.recorder.new_record(), [weight.numpy() for weight in probe.weights]
            # A tape around a compiled step would have its second derivative compiled, too.
            with probe.recorder.taping() if eager else nullcontext() as tape:
                done = probe.attempt("step", lambda: (step(images, fed), True))
            after = [weight.numpy() for weight in probe.weights]
            changed = tuple(bool((new != old).any()) for new, old in zip(after, before, strict=True))
            if done is None or record.loss is None or record.outputs is None:
                self.failed = None if any(changed) else record
                return None
            gradient = None if tape is None else _gradient(tape, record)
            for weight, old in zip(probe.weights, before, strict=True):
                weight.assign(old)
            inferred = probe.predict(record.inputs) if eager else None
        loss = float(np.mean(as_rows(record.loss)))
        return ObservedStep(record, as_rows(record.outputs), inferred, labels, loss, changed, gradient)

    @cached_property
    def loss_eagerly(self) -> LossMatch | None:
        """Which loss the eager steps compute."""
        return self._loss(self.eager) if len(self.eager) == EAGER_BATCHES else None

    @cached_property
    def loss_as_run(self) -> LossMatch | None:
        """Which loss the steps compute as the program runs them."""
        return self._loss(self.as_run)

    @property
    def loss(self) -> LossMatch | None:
        """Which loss the steps compute, as run or else eagerly."""
        return self.loss_as_run or self.loss_eagerly

    def _loss(self, steps: list[ObservedStep]) -> LossMatch | None:
        classes = self._subject.classes
        if not steps or any(one.predictions.shape != (len(one.labels), classes) for one in steps):
            return None
        return explain([one.predictions for one in steps], [one.labels for one in steps], [one.loss for one in steps])

    @property
    def predict_as_in_inference(self) -> bool:
        """Whether the model gives the same predictions in the step as in inference mode."""
        return all(
            one.inferred is not None
            and one.inferred.shape == one.predictions.shape
            and np.abs(one.inferred - one.predictions).max() <= SAME_PREDICTIONS * max(1.0, np.abs(one.inferred).max())
            for one in self.eager
        )


def _gradient(tape: tf.GradientTape, record: Record) -> Rows | None:
    try:
        gradient: Any = tape.gradient(record.loss, record.outputs)
    except Exception:  # the step ran an operation that has no gradient
        return None
    return None if gradient is None else as_rows(gradient)
