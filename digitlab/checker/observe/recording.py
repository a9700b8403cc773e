"""Looks over a program's shoulder while it runs: what the model answered, what was differentiated, what was made."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import keras
import tensorflow as tf

from digitlab.programs.recorder import Observer, by_variables, watching


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


class Recorder(Observer):
    """Writes down what happens into `record`, while it is installed.

    A compiled function is watched from the moment when it is traced, and tells each time it runs; so one recorder stays
    for a whole check, and gets a new record for each step.

    Args:
        model: whose calls are written down: a Keras layer, the call of a function, or a function.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self.record = Record()
        self._outer: tf.GradientTape | None = None
        self.layers: set[int] = set()  # ids of the Keras layers that were called
        self.made_at: list[traceback.StackSummary] = []  # where trainable variables were made

    def fresh(self) -> Record:
        """A new record, written into from now on."""
        self.record = Record()
        return self.record

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Watch everything that runs in the block."""
        with watching(self, model=self._model):
            yield

    @contextmanager
    def taping(self) -> Iterator[tf.GradientTape]:
        """A tape of ours around a step; what the program's own tapes do when they differentiate is not on it."""
        with tf.GradientTape(persistent=True) as self._outer:
            try:
                yield self._outer
            finally:
                self._outer = None

    def gradient(self, compute: Callable[[], Any], target: Any, sources: Any) -> Any:
        """Write down what is differentiated by which variables."""
        with self._outer.stop_recording() if self._outer is not None else nullcontext():
            result = compute()
        targets, flat = tf.nest.flatten(target), tf.nest.flatten(sources)
        if len(targets) == 1 and by_variables(sources):
            self.record.sources, self.record.gradients = flat, tf.nest.flatten(result)
            self._tell(targets[0], "loss")
        return result

    def layer_called(self, layer: keras.layers.Layer, inputs: Any, outputs: Any, depth: int) -> None:
        """Write down which layers are used at all."""
        self.layers.add(id(layer))

    def model_called(self, images: Any, outputs: Any) -> None:
        """Write down what the model answers, until the gradient is asked for."""
        if hasattr(outputs, "shape") and not self.record.sources:
            self._tell(images, "inputs")
            self._tell(outputs, "outputs")

    def made(self, variable: tf.Variable) -> None:
        """Write down where weights are made."""
        if variable.trainable and variable.dtype.is_floating:
            self.made_at.append(traceback.extract_stack())

    def _tell(self, tensor: Any, field_name: str) -> None:
        """Write a tensor down: at once, or from inside a graph whenever that runs."""
        if tf.executing_eagerly():
            setattr(self.record, field_name, tensor)
        elif not isinstance(tensor, keras.KerasTensor):
            tf.py_function(
                lambda value: setattr(self.record, field_name, tf.identity(value)), [tf.convert_to_tensor(tensor)], []
            )
