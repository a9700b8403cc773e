"""Runs a captured step once, eagerly, to find its model, loss and optimizer; variables keep their values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from digitlab.programs.call import Call, are_images, call_of, code_of
from digitlab.programs.capture import Capture, Fit, Step
from digitlab.programs.graphs import plain
from digitlab.programs.loop import Loop
from digitlab.programs.recorder import Observer, observing
from digitlab.programs.source import SourceFile
from digitlab.programs.stage import line_by_line

PROBE_IMAGES = 32
MAX_TURNS = 16  # of a loop, which may change the weights only every few batches
MAX_OUTPUTS = 400  # numbers that a model may give for an image


class VariableObserver(Observer):
    """Records the variables that are made, with their first values."""

    def __init__(self) -> None:
        self.made: list[tuple[tf.Variable, Any]] = []

    def variable_made(self, variable: tf.Variable) -> None:
        """Record it and its value."""
        self.made.append((variable, np.array(variable)))


class Parts(VariableObserver):
    """The parts of a step, whose function's code is `step` if it is one."""

    def __init__(self, step: CodeType | None) -> None:
        super().__init__()
        self._step = step
        # the outermost Keras layer or function that turned images into rows, if any
        self.model: keras.layers.Layer | Call | None = None
        self.inputs: Any = None  # the images as they reached the model, where the step changed them
        self.optimizer: keras.optimizers.Optimizer | None = None  # that changed weights, if any
        self.loss: keras.losses.Loss | None = None  # that was called, if any
        self.sources: list[Any] = []  # the variables that the step differentiates by
        self.changes = False  # whether the step changed any of them
        self.error: Exception | None = None  # what it raised
        self._least_depth = 1_000_000

    def gradient(self, compute: Any, target: Any, sources: Any) -> Any:
        """Record the variables."""
        flat = [one for one in tf.nest.flatten(sources) if isinstance(one, tf.Variable | keras.Variable)]
        self.sources = self.sources or flat
        return compute()

    def layer_called(self, layer: keras.layers.Layer, inputs: Any, outputs: Any, depth: int) -> None:
        """Record it if it may be the model."""
        if are_images(inputs) and _are_rows(outputs, inputs) and layer.trainable_variables:
            self._found(layer, inputs, depth)

    def function_called(self, frame: FrameType, arguments: dict[str, Any], value: Any, depth: int) -> None:
        """Record it if it may be the model."""
        if frame.f_code is self._step:
            return
        images = next((one for one in arguments.values() if are_images(one)), None)
        if _are_rows(value, images) and (call := call_of(frame, arguments)) is not None:
            self._found(call, images, depth)

    def optimizer_applied(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Record it."""
        self.optimizer = optimizer

    def loss_called(self, loss: keras.losses.Loss) -> None:
        """Record it."""
        self.loss = loss

    def _found(self, model: keras.layers.Layer | Call, inputs: Any, depth: int) -> None:
        if depth < self._least_depth and not self.sources:
            self.model, self.inputs, self._least_depth = model, inputs, depth


def _are_rows(value: Any, images: Any) -> bool:
    """Whether it has a few numbers for each of `images`."""
    if not isinstance(value, tf.Tensor) or images is None or not value.dtype.is_floating:
        return False
    shape = tuple(value.shape)
    return len(shape) >= 2 and shape[0] == images.shape[0] and bool(np.prod(shape[1:]) <= MAX_OUTPUTS)


def probed(source: SourceFile, step: Step, fed: tuple[Any, Any], seen: Capture) -> Parts:
    """Run a step once, and find its parts; variables keep their values."""
    parts = Parts(code_of(step.function) if isinstance(step, Call) else None)
    if isinstance(step, Fit):
        return parts
    images, labels = tf.constant(fed[0][:PROBE_IMAGES]), tf.constant(fed[1][:PROBE_IMAGES])
    before = {id(one): np.array(one) for one in seen.variables}
    with line_by_line(), restored(seen.variables, parts), observing(parts, path=str(source.path)):
        for _ in range(MAX_TURNS if isinstance(step, Loop) else 1):
            try:
                step.on(images, labels)
            except Exception as error:
                parts.error = error
                break
            first = before | {id(variable): value for variable, value in parts.made}
            known = [one for one in map(plain, parts.sources) if id(one) in first]
            parts.changes = parts.optimizer is not None or any((np.array(one) != first[id(one)]).any() for one in known)
            if parts.changes:
                break
    reached = parts.inputs
    if reached is not None and images.shape == reached.shape and np.array_equal(images, reached):
        parts.inputs = None
    return parts


@contextmanager
def restored(variables: list[tf.Variable], observer: VariableObserver | None = None) -> Iterator[VariableObserver]:
    """Restore `variables` after the block, and those made in it to their first values; these join `variables`."""
    observer = observer or VariableObserver()
    before = [(one, np.array(one)) for one in variables]
    try:
        yield observer
    finally:
        for variable, value in [*before, *observer.made]:
            variable.assign(value)
        variables += [variable for variable, _ in observer.made]
