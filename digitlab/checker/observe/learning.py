"""How a program learns: its first loss and gradients, its first steps, short trainings on 64 digits."""

import math
from contextlib import nullcontext
from functools import cached_property, partial
from typing import Any

import numpy as np

from digitlab.checker.observe.answers import MANY_IMAGES, Answers
from digitlab.checker.observe.graph import Graph
from digitlab.checker.observe.losses import Rows, cross_entropy
from digitlab.checker.observe.probe import Probe
from digitlab.checker.observe.steps import BATCH, Steps
from digitlab.checker.observe.training import ShortFit, train_briefly
from digitlab.programs.graphs import handle_id
from digitlab.programs.outputs import are_probabilities
from digitlab.programs.stage import line_by_line

OVERFIT_IMAGES, OVERFIT_STEPS, OVERFIT_SECONDS = 64, 200, 2.5
FIRST_STEPS = 3
SAME_COLUMNS = 1e-7  # of the largest weight: float32 rounding


class Learning:
    """Observes the start of a training and short trainings."""

    def __init__(self, probe: Probe, answers: Answers, graph: Graph, steps: Steps) -> None:
        self._probe = probe
        self._answers = answers
        self._graph = graph
        self._steps = steps
        self._subject = probe.subject

    @property
    def chance(self) -> float:
        """The cross-entropy of a model that knows nothing: ln(classes)."""
        return math.log(self._subject.classes)

    @cached_property
    def first_predictions(self) -> Rows | None:
        """Predictions for many images at the start, in training mode."""
        return self._probe.predictions(self._probe.images if self._probe.slow else MANY_IMAGES, training=True)

    @cached_property
    def first_cross_entropy(self) -> float | None:
        """The cross-entropy of the first predictions; None where they are not known to be logits or probabilities."""
        rows = self.first_predictions
        if not self._answers.usable or rows is None or not np.isfinite(rows).all():
            return None
        loss = self._steps.loss_as_run
        logits = self._subject.loss_takes_logits if loss is None else loss.hypothesis == "right"
        if not are_probabilities(rows) and not logits:
            return None
        return cross_entropy(rows, self._subject.batch(0, len(rows))[1])

    @cached_property
    def gradient_sizes(self) -> list[float] | None:
        """At the start, the norm of each weight matrix's gradient relative to that of the matrix, first to last."""
        step, graph, probe = self._steps.step, self._graph.operations, self._probe
        if step is None or graph is None:
            return None
        images, labels = self._subject.step_batch(0, BATCH)
        with probe.state.restored(), line_by_line():
            record = probe.recorder.new_record()
            norms = {handle_id(weight): float(np.linalg.norm(weight.numpy())) for weight in probe.weights}
            probe.attempt("step", lambda: step(images, self._subject.as_fed(labels, self._steps.whole_labels)))
        found = {
            handle_id(source): float(np.linalg.norm(np.asarray(gradient)))
            for source, gradient in zip(record.sources, record.gradients, strict=False)
            if gradient is not None and hasattr(gradient, "numpy")
        }
        handles = [handle_id(one.variable) for one in graph.weighted if one.variable is not None]
        return [found[one] / norms[one] for one in handles if one in found and norms.get(one)]

    @cached_property
    def identical_units(self) -> list[tuple[int, ...]]:
        """The shapes of the matrices whose columns are all equal after a few steps from the start."""
        step, probe = self._steps.step, self._probe
        if step is None:
            return []

        def first_steps() -> bool:
            for index in range(FIRST_STEPS):
                images, labels = self._subject.step_batch(BATCH * index, BATCH)
                step(images, self._subject.as_fed(labels, self._steps.whole_labels))
            return True

        with probe.state.restored(), self._steps.noticeable_rate():
            if probe.attempt("step", first_steps) is None:
                return []
            after = [weight.numpy() for weight in probe.weights]
        return [tuple(value.shape) for value in after if _has_equal_columns(value)]

    @cached_property
    def overfit(self) -> ShortFit | None:
        """A short training on 64 digits (24 for a slow model), from the start and at the program's rate."""
        return self.overfit_at(1.0)

    def overfit_at(self, times: float) -> ShortFit | None:
        """The same at the program's rate times `times`; None where it cannot be done."""
        step, rate, probe = self._steps.step, self._steps.rate, self._probe
        if step is None or (times != 1.0 and rate is None):
            return None
        images, labels = self._subject.step_batch(0, BATCH if probe.slow else OVERFIT_IMAGES)
        batch = images, labels, self._subject.as_fed(labels, self._steps.whole_labels)
        with probe.state.restored(), nullcontext() if rate is None or times == 1.0 else rate.multiplied(times):
            train = partial(train_briefly, steps=OVERFIT_STEPS, seconds=OVERFIT_SECONDS)
            fit: ShortFit | None = probe.attempt("training", lambda: train(probe.predict, probe.recorder, step, batch))
        return fit if fit is not None and len(fit.losses) else None


def _has_equal_columns(value: np.ndarray[Any, Any]) -> bool:
    if value.ndim < 2 or value.shape[-1] < 2 or value.size == value.shape[-1]:
        return False
    columns = value.reshape(-1, value.shape[-1]).astype(np.float64)
    difference = np.abs(columns - columns[:, :1]).max()
    return bool(difference <= SAME_COLUMNS * max(1e-3, np.abs(columns).max()))
