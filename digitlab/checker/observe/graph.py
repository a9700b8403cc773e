"""What the operations of a model show: which weights are used, and what reaches them."""

from functools import cached_property
from traceback import StackSummary
from typing import Any

import numpy as np

from digitlab.checker.observe.answers import MANY_IMAGES
from digitlab.checker.observe.losses import Rows
from digitlab.checker.observe.operations import Operations
from digitlab.checker.observe.probe import PROBE_IMAGES, Probe
from digitlab.programs.graphs import handle_id

MIN_UNITS = 8  # of a layer of which a share is reported


class Graph:
    """Observes the structure of a model."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe

    @cached_property
    def operations(self) -> Operations | None:
        """The operations of the model in inference; None where it cannot be traced."""
        operations = self._traced(training=False)
        if operations is not None:
            self._probe.state.add(operations.variables)
        return operations

    def _traced(self, *, training: bool) -> Operations | None:
        subject = self._probe.subject
        images, _ = subject.batch(0, 2)
        found: Operations | None = self._probe.attempt(
            "graph", lambda: Operations(lambda batch: subject.call(batch, training), images)
        )
        return found

    @cached_property
    def input_range(self) -> tuple[float, float] | None:
        """The smallest and largest value that enters the first weights, for images as the program feeds them."""
        graph = self.operations
        first = [] if graph is None else [one for one in graph.weighted if not graph.depends_on_weights(one.data)]
        if not first:
            return None
        values = self.values([_whole(first[0].data)], self._probe.subject.batch(0, PROBE_IMAGES)[0])
        if not values or np.ptp(values[0]) == 0:  # the initial state of a recurrent layer, for example
            return None
        return float(values[0].min()), float(values[0].max())

    def values(self, tensors: list[Any], images: Any) -> list[Rows]:
        """The values of tensors of the graph for `images`; empty where that raises."""
        graph = self.operations
        return [] if graph is None else self._probe.attempt("values", lambda: graph.values(tensors, images)) or []

    @cached_property
    def made_by_a_call(self) -> list[StackSummary]:
        """Where trainable variables are created by a call of a model that is built already."""
        images, _ = self._probe.subject.batch(0, 2)
        for _ in range(2):
            self._probe.recorder.made_at.clear()
            self._probe.predict(images)
        return list(self._probe.recorder.made_at)

    def is_called(self, layer: Any) -> bool:
        """Whether anything has called a Keras layer since the check began."""
        return id(layer) in self._probe.recorder.layers

    @cached_property
    def idle_weights(self) -> list[Any]:
        """The trainable weights of a Keras model that no prediction depends on, in inference or in training."""
        graph, weights = self.operations, self._probe.weights
        if graph is None or self._probe.subject.keras_model is None:
            return []
        used = graph.variables_of_outputs
        if not all(handle_id(weight) in used for weight in weights):
            training = self._traced(training=True)
            if training is None:
                return []
            used |= training.variables_of_outputs
        return [weight for weight in weights if handle_id(weight) not in used]

    def is_frozen(self, variable: Any) -> bool:
        """Whether training leaves a variable unchanged."""
        if self._probe.subject.keras_model is None:
            return not variable.trainable
        return all(handle_id(weight) != handle_id(variable) for weight in self._probe.weights)

    @cached_property
    def dead_units(self) -> list[tuple[float, int]]:
        """For each ReLU at the start: the share of its units that are below zero for every image; their number."""
        graph = self.operations
        if graph is None:
            return []
        values = self.values(graph.relus, self._probe.subject.batch(0, MANY_IMAGES)[0])
        rows = [value.reshape(-1, value.shape[-1]) for value in values if value.ndim >= 2]
        return [(float((row.max(axis=0) < 0).mean()), row.shape[1]) for row in rows if row.shape[1] >= MIN_UNITS]


def _whole(tensor: Any) -> Any:
    """The tensor that one is sliced from: a recurrent layer takes one row at a time, and the first row is black."""
    return _whole(tensor.op.inputs[0]) if tensor.op.type == "StridedSlice" else tensor
