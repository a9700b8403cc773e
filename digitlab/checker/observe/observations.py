"""What the rules ask about a program: each observation is made once, when a rule first asks for it.

The classes build on one another, a topic each: `Core`, `Answers`, `Steps`, and here structure and learning.
"""

from __future__ import annotations

import math
from contextlib import nullcontext
from functools import cached_property, partial
from traceback import StackSummary
from typing import Any

import numpy as np

from digitlab.checker.observe.core import LOOKED_AT
from digitlab.checker.observe.graph import Weighted
from digitlab.checker.observe.losses import Rows, are_probabilities, cross_entropy
from digitlab.checker.observe.steps import BATCH, Steps
from digitlab.checker.observe.training import Course, Step, train_briefly
from digitlab.programs.stage import line_by_line

BY_HEART, STEPS_BY_HEART, SECONDS = 64, 200, 2.5  # digits to learn by heart, and what that may take
MANY = 256  # images, where a share of them counts
FIRST_STEPS = 3


class Observations(Steps):
    """Looks at structure and learning."""

    # structure

    @property
    def first_weighted(self) -> list[Weighted]:
        """The weighted sums that work on pixels: before them there is nothing that is trained."""
        graph = self.graph
        return [] if graph is None else [one for one in graph.weighted if not graph.trained_behind(one.data)]

    @cached_property
    def range_at_first_weights(self) -> tuple[float, float] | None:
        """The least and greatest value that goes into the first weights, of images as the program feeds them."""
        first = self.first_weighted
        if not first:
            return None
        values = self.tried_values([_whole(first[0].data)], self.subject.batch(0, LOOKED_AT)[0])
        if not values or np.ptp(values[0]) == 0:  # the first state of a recurrent layer, say
            return None
        return float(values[0].min()), float(values[0].max())

    def tried_values(self, tensors: list[Any], images: Any) -> list[Rows]:
        """What tensors of the graph are for `images`; empty where that raises."""
        graph = self.graph
        return [] if graph is None else self.tried("values", lambda: graph.values(tensors, images)) or []

    @cached_property
    def made_by_a_call(self) -> list[StackSummary]:
        """Where trainable variables are made by a call of a model that is built already."""
        images, _ = self.subject.batch(0, 2)
        for _ in range(2):
            self.recorder.made_at.clear()
            self.answers_to(images)
        return list(self.recorder.made_at)

    def called(self, layer: Any) -> bool:
        """Whether anything called a Keras layer since the check began."""
        return id(layer) in self.recorder.layers

    def is_frozen(self, variable: Any) -> bool:
        """Whether training leaves a variable out."""
        model = self.subject.keras_model
        if model is None:
            return not variable.trainable
        return all(id(weight.handle) != id(variable.handle) for weight in self.weights)

    @cached_property
    def dead_units(self) -> list[tuple[float, int]]:
        """For each ReLU at the start: the share of its units that are below zero for every image; their number."""
        graph = self.graph
        if graph is None:
            return []
        values = self.tried_values(graph.relus, self.subject.batch(0, MANY)[0])
        rows = [value.reshape(-1, value.shape[-1]) for value in values if value.ndim >= 2]
        return [(float((row.max(axis=0) < 0).mean()), row.shape[1]) for row in rows if row.shape[1] >= 8]

    # learning

    @property
    def chance(self) -> float:
        """The cross-entropy of a model that knows nothing: ln(classes)."""
        return math.log(self.subject.classes)

    @cached_property
    def start_cross_entropy(self) -> float | None:
        """The cross-entropy at the start, of answers as in training; None where answers are not known to be logits."""
        rows = self.answers(MANY, training=True)
        if not self.usable or rows is None or not np.isfinite(rows).all():
            return None
        fit = self.fit_as_run
        config: dict[str, Any] = getattr(self.subject.loss, "get_config", dict)()
        logits = config.get("from_logits") if fit is None else fit.hypothesis == "right"
        if not are_probabilities(rows) and not logits:
            return None
        return cross_entropy(rows, self.subject.batch(0, MANY)[1])

    @cached_property
    def largest_at_start(self) -> float:
        """The greatest size of an output at the start, of answers as in training; 0 where there are none."""
        rows = self.answers(MANY, training=True)
        return float(np.abs(rows).max()) if rows is not None and rows.size else 0.0

    @cached_property
    def saturated_at_start(self) -> float:
        """Of outputs between 0 and 1 that are no probabilities, the share that is at an end at the start; else 0."""
        rows = self.answers(MANY, training=True)
        if rows is None or not rows.size or are_probabilities(rows) or rows.min() < 0 or rows.max() > 1:
            return 0.0
        return float(((rows < 1e-6) | (rows > 1 - 1e-6)).mean())

    @cached_property
    def gradient_sizes(self) -> list[float] | None:
        """At the start, the length of the gradient of each weight matrix beside that of the matrix, first to last."""
        step, graph = self.step, self.graph
        if step is None or graph is None:
            return None
        images, labels = self.subject.step_batch(0, BATCH)
        with self.state.kept(), line_by_line():
            record = self.recorder.fresh()
            lengths = {id(weight.handle): float(np.linalg.norm(weight.numpy())) for weight in self.weights}
            self.tried("step", lambda: step(images, self.subject.as_fed(labels, self.whole_labels)))
        found = {
            id(_plain(source).handle): float(np.linalg.norm(np.asarray(gradient)))
            for source, gradient in zip(record.sources, record.gradients, strict=False)
            if gradient is not None and hasattr(gradient, "numpy")
        }
        handles = [id(one.variable.handle) for one in graph.weighted if one.variable is not None]
        return [found[one] / lengths[one] for one in handles if one in found and lengths.get(one)]

    @cached_property
    def still_alike(self) -> list[tuple[int, ...]]:
        """The shapes of the matrices whose columns are all equal after a few steps from the start."""
        step = self.step
        if step is None:
            return []
        with self.state.kept(), self.noticeable():
            for index in range(FIRST_STEPS):
                images, labels = self.subject.step_batch(BATCH * index, BATCH)
                fed = self.subject.as_fed(labels, self.whole_labels)
                if self.tried("step", partial(_done, step, images, fed)) is None:
                    return []
            after = [weight.numpy() for weight in self.weights]
        return [tuple(value.shape) for value in after if _alike(value)]

    @cached_property
    def by_heart(self) -> Course | None:
        """A short training on 64 digits, from the start and at the program's rate."""
        return self.course(1.0)

    def course(self, times: float) -> Course | None:
        """A short training on 64 digits at the program's rate, multiplied; None where it cannot be done."""
        step, rate = self.step, self.rate
        if step is None or (times != 1.0 and rate is None):
            return None
        images, labels = self.subject.step_batch(0, BY_HEART)
        fed = self.subject.as_fed(labels, self.whole_labels)
        with self.state.kept(), nullcontext() if rate is None or times == 1.0 else rate.multiplied(times):
            course: Course | None = self.tried(
                "training",
                lambda: train_briefly(
                    self.subject, self.recorder, step, (images, labels, fed), steps=STEPS_BY_HEART, seconds=SECONDS
                ),
            )
        return course if course is not None and len(course.losses) else None


def _done(step: Step, images: Any, labels: Any) -> bool:
    step(images, labels)
    return True


def _plain(variable: Any) -> Any:
    """The TensorFlow variable inside one of Keras'."""
    return getattr(variable, "value", variable) if hasattr(variable, "path") else variable


def _alike(value: np.ndarray[Any, Any]) -> bool:
    """Whether a matrix has several columns, and all are equal."""
    if value.ndim < 2 or value.shape[-1] < 2 or value.size == value.shape[-1]:
        return False
    columns = value.reshape(-1, value.shape[-1]).astype(np.float64)
    off = np.abs(columns - columns[:, :1]).max()
    return bool(off <= 1e-7 * max(1e-3, np.abs(columns).max()))


def _whole(tensor: Any) -> Any:
    """What a tensor is a part of: a recurrent layer takes one row at a time, and the first one is black."""
    return _whole(tensor.op.inputs[0]) if tensor.op.type == "StridedSlice" else tensor
