"""The ground of all observations: the subject, its variables, and its answers at weights of our choice."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from digitlab.checker.observe.graph import OpGraph
from digitlab.checker.observe.losses import Rows, as_rows
from digitlab.checker.observe.state import State, shake
from digitlab.checker.subject import Subject

STRENGTHS = (3.0, 1.5, 6.0, 0.7, 12.0, 30.0)  # with which weights are shaken: the first that gives diverse answers
DIVERSE = (0.5, 20.0)  # the spread of the logarithms of a row's answers, at the median
LOOKED_AT, FEW = 64, 24  # images for most probes; of a slow model
SLOW = 0.4  # seconds of computing for an answer, line by line


class Core:
    """Looks at a subject, and leaves it as it was.

    Args:
        subject: what is checked.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.recorder = subject.recorder()
        self.state = State(subject.own_variables())
        self.failures: dict[str, Exception] = {}  # what the program raised, by the probe
        self.slow = False  # the model takes long to answer line by line
        self._drawn: tuple[Any, list[Any]] = (None, [])  # the last random weights
        self._functions: dict[bool, Callable[[Any, bool], Any]] = {}

    @cached_property
    def graph(self) -> OpGraph | None:
        """The operations of the model; None where it cannot be traced."""
        images, _ = self.subject.batch(0, 2)
        graph: OpGraph | None = self.tried(
            "graph", lambda: OpGraph(lambda batch: self.subject.call(batch, False), images)
        )
        if graph is not None:
            self.state.add(graph.variables)
        return graph

    @cached_property
    def weights(self) -> list[tf.Variable]:
        """The variables that training is meant to change."""
        model, (images, _) = self.subject.keras_model, self.subject.batch(0, 2)
        with tf.GradientTape() as tape:
            self.tried("weights", lambda: self.subject.call(images, False))
        known = {id(variable.value.handle) for variable in (model.variables if model is not None else ())}
        # Keras does not count a tf.Variable among its own: a step of the user's may train it all the same.
        weights = [one for one in tape.watched_variables() if one.trainable and id(one.handle) not in known]
        self.state.add(weights)
        return [*(variable.value for variable in (model.trainable_variables if model is not None else ())), *weights]

    @cached_property
    def strength(self) -> float:
        """How strongly weights are shaken so that answers differ from image to image and from class to class."""
        for strength in STRENGTHS:
            with self.shaken(strength):
                rows = self.answers(self.some)
            if rows is not None and DIVERSE[0] < _spread(rows) < DIVERSE[1]:
                return strength
        return STRENGTHS[0]

    @contextmanager
    def shaken(self, strength: float | None = None, *, times: float = 1.0, seed: int = 0) -> Iterator[None]:
        """Random weights inside the block; `times` multiplies them all, so that answers saturate."""
        strength = self.strength if strength is None else strength
        weights = self.weights
        with self.state.kept():
            if self._drawn[0] != (strength, seed):  # to draw for millions of weights takes longer than to answer
                shake(weights, strength, seed)
                self._drawn = (strength, seed), [weight.numpy() for weight in weights]
            for weight, value in zip(weights, self._drawn[1], strict=True):
                weight.assign(value)
            for weight in weights if times != 1.0 else ():
                weight.assign(weight * tf.cast(times, weight.dtype))
            yield

    @property
    def some(self) -> int:
        """How many images a probe takes."""
        return FEW if self.slow else LOOKED_AT

    def answers(self, size: int, *, training: bool = False) -> Rows | None:
        """Predictions for `size` images with the weights as they are; None where the model raises."""
        images, _ = self.subject.batch(0, size)
        return self.answers_to(images, training=training)

    def answers_to(self, images: Any, *, training: bool = False) -> Rows | None:
        """Predictions for `images`; None where the model raises."""
        call = self._compiled(training) if self.slow else self.subject.call
        begun = time.process_time()
        rows: Rows | None = self.tried("answers", lambda: as_rows(call(images, training)))
        self.slow = self.slow or time.process_time() - begun > SLOW
        return rows

    def _compiled(self, training: bool) -> Callable[[Any, bool], Any]:
        """The model compiled, where it takes long line by line; as it is where it cannot be compiled."""
        if training not in self._functions:
            function = tf.function(lambda images: self.subject.call(images, training), reduce_retracing=True)
            images, _ = self.subject.batch(0, 2)
            works = self.tried("compiled", lambda: (function(images), True)) is not None
            self._functions[training] = (lambda images, _: function(images)) if works else self.subject.call
        return self._functions[training]

    def tried(self, probe: str, action: Callable[[], Any]) -> Any:
        """The result of what runs the program's code; None if that raises: then this probe says nothing."""
        try:
            return action()
        except Exception as error:
            self.failures.setdefault(probe, error)
            return None


def _spread(rows: Rows) -> float:
    """How far apart the (logarithms of the) answers of a row are, at the median of the rows."""
    if rows.ndim != 2 or not np.isfinite(rows).all():
        return 0.0
    values = np.log(np.clip(rows, 1e-12, None)) if (rows >= 0).all() and rows.max() <= 1.0 else rows
    return float(np.median(np.ptp(values, axis=1)))
