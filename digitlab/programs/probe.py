"""Does a captured step once, line by line, to find its model, loss and optimizer; variables keep their values."""

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
from digitlab.programs.loop import Loop
from digitlab.programs.recorder import Observer, watching
from digitlab.programs.source import SourceFile
from digitlab.programs.stage import line_by_line

FIRST = 32  # images of a probe
TURNS = 16  # of a loop that may change the weights every so many batches only
MOST_OUTPUTS = 400  # numbers for an image


class Made(Observer):
    """Records the variables that are made, with their first values."""

    def __init__(self) -> None:
        self.created: list[tuple[tf.Variable, Any]] = []

    def made(self, variable: tf.Variable) -> None:
        """Keep it and its value."""
        self.created.append((variable, np.array(variable)))


class Parts(Made):
    """The parts of a step.

    Attributes:
        model: the outermost Keras layer or function that turned images into rows, if any.
        inputs: the images as they reached the model, where the step changed them; else None.
        optimizer: the Keras optimizer that changed weights, if any.
        loss: the Keras loss that was called, if any.
        sources: the variables that the step differentiates by.
        changes: whether the step changed any of them.
        error: what it raised.

    Args:
        step: the code of the step's function, if it is one.
    """

    def __init__(self, step: CodeType | None) -> None:
        super().__init__()
        self._step = step
        self.model: keras.layers.Layer | Call | None = None
        self.inputs: Any = None
        self.optimizer: keras.optimizers.Optimizer | None = None
        self.loss: keras.losses.Loss | None = None
        self.sources: list[Any] = []
        self.changes = False
        self.error: Exception | None = None
        self._best = 1_000_000

    def gradient(self, compute: Any, target: Any, sources: Any) -> Any:
        """Record the variables."""
        flat = [one for one in tf.nest.flatten(sources) if isinstance(one, tf.Variable | keras.Variable)]
        self.sources = self.sources or flat
        return compute()

    def layer_called(self, layer: keras.layers.Layer, inputs: Any, outputs: Any, depth: int) -> None:
        """It may be the model."""
        if are_images(inputs) and _are_rows(outputs, inputs) and layer.trainable_variables:
            self._found(layer, inputs, depth)

    def function_called(self, frame: FrameType, arguments: dict[str, Any], value: Any, depth: int) -> None:
        """It may be the model."""
        if frame.f_code is self._step:
            return
        images = next((one for one in arguments.values() if are_images(one)), None)
        if _are_rows(value, images) and (call := call_of(frame, arguments)) is not None:
            self._found(call, images, depth)

    def updated(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Record it."""
        self.optimizer = optimizer

    def compared(self, loss: keras.losses.Loss) -> None:
        """Record it."""
        self.loss = loss

    def _found(self, model: keras.layers.Layer | Call, inputs: Any, depth: int) -> None:
        if depth < self._best and not self.sources:
            self.model, self.inputs, self._best = model, inputs, depth


def _are_rows(value: Any, images: Any) -> bool:
    """Whether it has a few numbers for each of `images`."""
    if not isinstance(value, tf.Tensor) or images is None or not value.dtype.is_floating:
        return False
    shape = tuple(value.shape)
    return len(shape) >= 2 and shape[0] == images.shape[0] and bool(np.prod(shape[1:]) <= MOST_OUTPUTS)


def probed(source: SourceFile, step: Step, fed: tuple[Any, Any], seen: Capture) -> Parts:
    """Do a step once, and find its parts; variables keep their values."""
    parts = Parts(code_of(step.function) if isinstance(step, Call) else None)
    if isinstance(step, Fit):
        return parts
    images, labels = tf.constant(fed[0][:FIRST]), tf.constant(fed[1][:FIRST])
    before = {id(one): np.array(one) for one in seen.variables}
    with line_by_line(), kept(seen.variables, parts), watching(parts, path=str(source.path)):
        for _ in range(TURNS if isinstance(step, Loop) else 1):
            try:
                step.on(images, labels)
            except Exception as error:
                parts.error = error
                break
            parts.changes = parts.optimizer is not None or _changed(parts, before)
            if parts.changes:
                break
    if parts.inputs is not None and _same(images, parts.inputs):
        parts.inputs = None
    return parts


@contextmanager
def kept(variables: list[tf.Variable], made: Made | None = None) -> Iterator[Made]:
    """Restore `variables` after the block, and those made in it to their first values; these join `variables`."""
    made = made or Made()
    before = [(one, np.array(one)) for one in variables]
    try:
        yield made
    finally:
        for variable, value in [*before, *made.created]:
            variable.assign(value)
        variables += [variable for variable, _ in made.created]


def _changed(parts: Parts, before: dict[int, Any]) -> bool:
    values = before | {id(variable): value for variable, value in parts.created}
    plain = [one if isinstance(one, tf.Variable) else one.value for one in parts.sources]
    return any((np.array(one) != values[id(one)]).any() for one in plain if id(one) in values)


def _same(given: Any, reached: Any) -> bool:
    return given.shape == reached.shape and np.array_equal(np.asarray(given), np.asarray(reached))
