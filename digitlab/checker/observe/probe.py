"""What every observation needs: the subject, its weights, and its predictions at weights of our choice."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from digitlab.checker.observe.losses import Rows, as_rows
from digitlab.checker.observe.recording import Recorder
from digitlab.checker.observe.state import State, randomize
from digitlab.checker.subject import Subject
from digitlab.programs.graphs import handle_id

SCALES = (3.0, 1.5, 6.0, 0.7, 12.0, 30.0)  # of random weights: the first that gives diverse predictions is used
DIVERSE = (0.5, 20.0)  # between these lies the median range of a row's logits
PROBE_IMAGES, SLOW_PROBE_IMAGES = 64, 24  # the latter for a slow model
SLOW_SECONDS = 0.4  # of computing for the predictions of a probe, run eagerly


class Probe:
    """Runs a subject, and leaves its variables as they were."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.recorder = Recorder(subject.model)
        self.state = State(subject.own_variables())
        self.failures: dict[str, Exception] = {}  # what the program raised, by the name of the probe
        self.slow = False  # predictions take long to compute eagerly
        self._drawn: tuple[Any, list[Any]] = (None, [])  # the last random weights
        self._functions: dict[bool, Callable[[Any, bool], Any]] = {}

    @property
    def images(self) -> int:
        """The number of images for a probe."""
        return SLOW_PROBE_IMAGES if self.slow else PROBE_IMAGES

    @cached_property
    def weights(self) -> list[tf.Variable]:
        """The variables that training should change."""
        model, (images, _) = self.subject.keras_model, self.subject.batch(0, 2)
        with tf.GradientTape() as tape:
            self.attempt("weights", lambda: self.subject.call(images, False))
        known = {handle_id(variable) for variable in (model.variables if model is not None else ())}
        # Keras does not count a tf.Variable among its own: a step of the user's may train it all the same.
        weights = [one for one in tape.watched_variables() if one.trainable and handle_id(one) not in known]
        self.state.add(weights)
        return [*(variable.value for variable in (model.trainable_variables if model is not None else ())), *weights]

    @cached_property
    def scale(self) -> float:
        """The scale of random weights with which predictions differ from image to image and from class to class."""
        for scale in SCALES:
            with self.random_weights(scale):
                rows = self.predictions(self.images)
            if rows is not None and DIVERSE[0] < _spread(rows) < DIVERSE[1]:
                return scale
        return SCALES[0]

    @contextmanager
    def random_weights(self, scale: float | None = None, *, times: float = 1.0, seed: int = 0) -> Iterator[None]:
        """Random weights inside the block; `times` multiplies them all, so that predictions saturate."""
        scale = self.scale if scale is None else scale
        weights = self.weights
        with self.state.restored():
            if self._drawn[0] != (scale, seed):  # to draw millions of numbers takes longer than to predict
                randomize(weights, scale, seed)
                self._drawn = (scale, seed), [weight.numpy() for weight in weights]
            for weight, value in zip(weights, self._drawn[1], strict=True):
                weight.assign(value)
                if times != 1.0:
                    weight.assign(weight * tf.cast(times, weight.dtype))
            yield

    def predictions(self, size: int, *, training: bool = False) -> Rows | None:
        """Predictions for the first `size` images with the current weights; None where the model raises."""
        return self.predict(self.subject.batch(0, size)[0], training=training)

    def predict(self, images: Any, *, training: bool = False) -> Rows | None:
        """Predictions for `images`; None where the model raises."""
        call = self._compiled(training) if self.slow else self.subject.call
        begun = time.process_time()
        rows: Rows | None = self.attempt("predictions", lambda: as_rows(call(images, training)))
        self.slow = self.slow or time.process_time() - begun > SLOW_SECONDS
        return rows

    def _compiled(self, training: bool) -> Callable[[Any, bool], Any]:
        """The compiled model; the model as it is where it cannot be compiled."""
        if training not in self._functions:
            function = tf.function(lambda images: self.subject.call(images, training), reduce_retracing=True)
            images, _ = self.subject.batch(0, 2)
            works = self.attempt("compiled", lambda: (function(images), True)) is not None
            self._functions[training] = (lambda images, _: function(images)) if works else self.subject.call
        return self._functions[training]

    def attempt(self, probe: str, action: Callable[[], Any]) -> Any:
        """The result of `action`, which runs the program's code; None where it raises: then this probe says nothing."""
        try:
            return action()
        except Exception as error:
            self.failures.setdefault(probe, error)
            return None


def _spread(rows: Rows) -> float:
    """The median range of a row's logits."""
    if rows.ndim != 2 or not np.isfinite(rows).all():
        return 0.0
    values = np.log(np.clip(rows, 1e-12, None)) if (rows >= 0).all() and rows.max() <= 1.0 else rows
    return float(np.median(np.ptp(values, axis=1)))
