"""Looks over a program's shoulder while it runs: what the model answered, what was differentiated, what was made."""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

import keras
import tensorflow as tf

from digitlab.programs.call import are_images
from digitlab.programs.stage import replaced


@dataclass
class Record:
    """What happened in one step.

    Attributes:
        inputs: of the last call of the model.
        outputs: of the same call; where the step ran eagerly, the very tensor.
        loss: the value that was differentiated last.
        sources: the variables for which a gradient was asked.
        gradients: theirs; None where there is no path.
    """

    inputs: Any = None
    outputs: Any = None
    loss: Any = None
    sources: list[Any] = field(default_factory=list)
    gradients: list[Any] = field(default_factory=list)


class Recorder:
    """Writes down what happens into `record`, while it is installed.

    A compiled function is watched from the moment when it is traced, and tells each time it runs; so one recorder stays
    for a whole check, and gets a new record for each step.

    Args:
        model: whose calls are written down, if it is Keras'.
        values: of the file: the function `name` is called in its place there.
        name: of that function, or of a method of `owner`.
        owner: an object of the file that is the model, or has it as a method.
        code: of the function, for one that is nowhere to be replaced: seen where it runs line by line.
    """

    def __init__(
        self,
        model: Any,
        values: dict[str, Any] | None = None,
        name: str = "",
        owner: Any = None,
        code: CodeType | None = None,
    ) -> None:
        self._model = model
        self._values = values if values is not None else {}
        self._name = name
        self._owner = owner
        self._code = code
        self.record = Record()
        self._outer: tf.GradientTape | None = None
        self.layers: set[int] = set()  # ids of the Keras layers that were called
        self.made: list[traceback.StackSummary] = []  # where trainable variables were made

    def fresh(self) -> Record:
        """A new record, written into from now on."""
        self.record = Record()
        return self.record

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Watch everything that runs in the block."""
        with self._gradients(), self._layers(), self._calls(), self._making():
            yield

    @contextmanager
    def taping(self) -> Iterator[tf.GradientTape]:
        """A tape of ours around a step; what the program's own tapes do when they differentiate is not on it."""
        with tf.GradientTape(persistent=True) as self._outer:
            try:
                yield self._outer
            finally:
                self._outer = None

    @contextmanager
    def _gradients(self) -> Iterator[None]:
        real = tf.GradientTape.gradient

        def gradient(tape: tf.GradientTape, target: Any, sources: Any, *arguments: Any, **options: Any) -> Any:
            with self._outer.stop_recording() if self._outer is not None else nullcontext():
                result = real(tape, target, sources, *arguments, **options)
            self._note_gradient(target, sources, result)
            return result

        with replaced(tf.GradientTape, "gradient", gradient):
            yield

    def _note_gradient(self, target: Any, sources: Any, result: Any) -> None:
        targets = tf.nest.flatten(target)
        if len(targets) != 1:
            return
        self.record.sources, self.record.gradients = tf.nest.flatten(sources), tf.nest.flatten(result)
        self._tell(targets[0], "loss")

    @contextmanager
    def _layers(self) -> Iterator[None]:
        real = keras.layers.Layer.__call__

        def call(layer: Any, *arguments: Any, **options: Any) -> Any:
            self.layers.add(id(layer))
            result = real(layer, *arguments, **options)
            if layer is self._model and arguments:
                self._note_call(arguments[0], result)
            return result

        with replaced(keras.layers.Layer, "__call__", call):
            yield

    @contextmanager
    def _calls(self) -> Iterator[None]:
        """Calls of a model that is no Keras layer."""
        if isinstance(self._model, keras.layers.Layer):
            yield
        elif self._owner is not None:
            real = inspect.getattr_static(type(self._owner), self._name)

            def method(owner: Any, *arguments: Any, **options: Any) -> Any:
                bound = real.__get__(owner, type(owner))
                return (self._watching(bound) if owner is self._owner else bound)(*arguments, **options)

            with replaced(type(self._owner), self._name, method):
                yield
        elif self._name in self._values:
            function = self._values[self._name]
            self._values[self._name] = self._watching(function)
            try:
                yield
            finally:
                self._values[self._name] = function
        else:
            before = sys.getprofile()
            sys.setprofile(self._profile)
            try:
                yield
            finally:
                sys.setprofile(before)

    def _profile(self, frame: FrameType, event: str, value: Any) -> None:
        if event == "return" and frame.f_code is self._code:
            images = next((one for one in frame.f_locals.values() if are_images(one)), None)
            if images is not None:
                self._note_call(images, value)

    def _watching(self, function: Any) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            result = function(*arguments, **options)
            images = next((one for one in (*arguments, *options.values()) if are_images(one)), None)
            if images is not None:
                self._note_call(images, result)
            return result

        return call

    def _note_call(self, inputs: Any, outputs: Any) -> None:
        if not hasattr(outputs, "shape") or self.record.sources:  # after the gradient nothing counts
            return
        self._tell(inputs, "inputs")
        self._tell(outputs, "outputs")

    def _tell(self, tensor: Any, field_name: str) -> None:
        """Write a tensor down: at once, or from inside a graph whenever that runs."""
        if tf.executing_eagerly():
            setattr(self.record, field_name, tensor)
        elif not isinstance(tensor, keras.KerasTensor):
            tf.py_function(
                lambda value: setattr(self.record, field_name, tf.identity(value)), [tf.convert_to_tensor(tensor)], []
            )

    @contextmanager
    def _making(self) -> Iterator[None]:
        def creator(next_creator: Any, **options: Any) -> Any:
            variable = next_creator(**options)
            if variable.trainable and variable.dtype.is_floating:
                self.made.append(traceback.extract_stack())
            return variable

        with tf.variable_creator_scope(creator):
            yield
