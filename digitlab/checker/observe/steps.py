"""What the steps of a program do: the loss they compute, the pull on the predictions, the weights they change."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.checker.observe.answers import Answers
from digitlab.checker.observe.core import LOOKED_AT
from digitlab.checker.observe.losses import Fit, Rows, as_rows, explain
from digitlab.checker.observe.rate import Rate, rate_of
from digitlab.checker.observe.recording import Record
from digitlab.checker.observe.training import Step, usual_step
from digitlab.programs.source import said
from digitlab.programs.stage import line_by_line

BATCH, BATCHES = 24, 8
BATCHES_EAGERLY = 5  # line by line takes longer; with fewer, a wrong loss may be explained by chance
WARMED_UP = 5  # steps after which a rate that starts at zero is none any more
LAB_RATE = 0.01


@dataclass(frozen=True)
class StepSeen:
    """One step at random weights.

    Attributes:
        record: what happened.
        predictions: of the model in the step [n, …].
        calm: its predictions of inference for the same images and weights; None where it raises.
        labels: the true ones of its batch [n].
        loss: the value that was differentiated.
        changed: which of the weights the step changed.
        pull: the gradient of the loss by the predictions; None: there is no path, or the step was compiled.
    """

    record: Record
    predictions: Rows
    calm: Rows | None
    labels: NDArray[np.int64]
    loss: float
    changed: tuple[bool, ...]
    pull: Rows | None


class Steps(Answers):
    """Looks at single steps."""

    @cached_property
    def optimizer(self) -> keras.optimizers.Optimizer:
        """The program's, or the lab's."""
        optimizer = self.subject.optimizer or keras.optimizers.SGD(LAB_RATE)
        if not optimizer.built:
            model = self.subject.keras_model
            optimizer.build(model.trainable_variables if model is not None else self.weights)
        self.state.add(optimizer.variables)
        return optimizer

    @cached_property
    def rate(self) -> Rate | None:
        """The learning rate, where it can be changed."""
        return rate_of(self.subject, self.optimizer)

    def noticeable(self) -> AbstractContextManager[None]:
        """A rate that is lost in rounding is raised inside the block: it is asked whether weights change at all."""
        rate = self.rate
        lost = rate is not None and 0 < rate.value < LAB_RATE
        return rate.multiplied(LAB_RATE / rate.value) if lost and rate is not None else nullcontext()

    @cached_property
    def step(self) -> Step | None:
        """What trains: the program's own step, or the usual one with its loss; None where neither is known."""
        if self.subject.step is not None:
            return self.subject.step
        if self.subject.loss is None or not self.usable:
            return None
        usual: Step = tf.function(usual_step(self.subject, self.subject.loss, self.optimizer), jit_compile=False)
        return usual

    @cached_property
    def whole_labels(self) -> bool:
        """Whether loss and step take class numbers, not one-hot rows: as fed, as named, or as they can be called."""
        if self.subject.whole_labels is not None:
            return self.subject.whole_labels
        if "sparse" in f"{type(self.subject.loss).__name__} {getattr(self.subject.loss, '__name__', '')}".lower():
            return True
        with line_by_line():
            return next((whole for whole in (False, True) if self._one(0, whole, with_pull=False) is not None), False)

    @cached_property
    def refused_labels(self) -> str | None:
        """What the loss says when it is called with labels as they are fed; None: it takes them, or is unknown."""
        rows, loss = self.at_start, self.subject.loss
        if self.subject.step is not None or self.subject.whole_labels is None or loss is None or not self.usable:
            return None
        _, labels = self.subject.batch(0, LOOKED_AT)
        try:
            loss(self.subject.as_fed(labels, self.subject.whole_labels), tf.constant(rows, tf.float32))
        except Exception as error:
            return said(error)
        return None

    @cached_property
    def steps_eagerly(self) -> list[StepSeen]:
        """Steps on different batches from the same random weights, line by line; empty where none can be done."""
        with line_by_line(), self.noticeable():
            return self._steps(BATCHES_EAGERLY, with_pull=True)

    @cached_property
    def does_nothing(self) -> bool:
        """Whether the program's own step calls the model, and neither asks for a gradient nor changes a weight."""
        step = self.subject.step
        if step is None or not self.usable:
            return False
        images, labels = self.subject.step_batch(0, BATCH)
        with line_by_line(), self.state.kept():
            record, before = self.recorder.fresh(), [weight.numpy() for weight in self.weights]
            fed = self.subject.as_fed(labels, self.whole_labels)
            done = self.tried("step", lambda: (step(images, fed), True)) is not None
            still = all((weight.numpy() == old).all() for weight, old in zip(self.weights, before, strict=True))
        return done and still and record.outputs is not None and record.loss is None

    @cached_property
    def steps_as_run(self) -> list[StepSeen]:
        """The same as the program does them, compiled or not."""
        return self._steps(BATCHES, with_pull=False)

    def _steps(self, count: int, *, with_pull: bool) -> list[StepSeen]:
        found: list[StepSeen] = []
        for index in range(count):
            one = self._one(BATCH * index, self.whole_labels, with_pull=with_pull)
            if one is None:
                return []
            found.append(one)
        return found

    def _one(self, first: int, whole: bool, *, with_pull: bool) -> StepSeen | None:
        step = self.step
        if step is None:
            return None
        images, labels = self.subject.step_batch(first, BATCH)
        fed = self.subject.as_fed(labels, whole)
        optimizer = self.optimizer  # its variables are among those that are kept
        with self.shaken():
            _warm_up(optimizer)
            record, before = self.recorder.fresh(), [weight.numpy() for weight in self.weights]
            # A tape around a compiled step would have its second derivative compiled, too.
            with self.recorder.taping() if with_pull else nullcontext() as outer:
                done = self.tried("step", lambda: (step(images, fed), True))
            if done is None or record.loss is None or record.outputs is None:
                return None
            after = [weight.numpy() for weight in self.weights]
            changed = tuple(bool((new != old).any()) for new, old in zip(after, before, strict=True))
            pull = None if outer is None else _pull(outer, record)
            for weight, old in zip(self.weights, before, strict=True):
                weight.assign(old)
            calm = self.answers_to(record.inputs)
        loss = float(np.mean(as_rows(record.loss)))
        return StepSeen(record, as_rows(record.outputs), calm, labels, loss, changed, pull)

    @cached_property
    def fit_eagerly(self) -> Fit | None:
        """Which loss the steps compute, run line by line."""
        return self._fit(self.steps_eagerly)

    @cached_property
    def fit_as_run(self) -> Fit | None:
        """Which loss the steps compute as the program runs them."""
        return self._fit(self.steps_as_run)

    def _fit(self, steps: list[StepSeen]) -> Fit | None:
        classes = self.subject.classes
        if not steps or any(one.predictions.shape != (len(one.labels), classes) for one in steps):
            return None
        return explain([one.predictions for one in steps], [one.labels for one in steps], [one.loss for one in steps])

    @property
    def step_answers_as_in_inference(self) -> bool:
        """Whether the model gives in the step what it gives when it only answers."""
        return all(
            one.calm is not None
            and one.calm.shape == one.predictions.shape
            and np.abs(one.calm - one.predictions).max() <= 1e-4 * max(1.0, np.abs(one.calm).max())
            for one in self.steps_eagerly
        )


def _warm_up(optimizer: keras.optimizers.Optimizer) -> None:
    """Where the rate starts at zero, go to a later step of its schedule: the first one changes nothing."""
    if float(np.asarray(optimizer.learning_rate)) == 0:
        optimizer.iterations.assign(WARMED_UP)


def _pull(tape: tf.GradientTape, record: Record) -> Rows | None:
    try:
        gradient: Any = tape.gradient(record.loss, record.outputs)
    except Exception:  # the step ran something that has no gradient
        return None
    return None if gradient is None else as_rows(gradient)
