"""Records what happens while a program runs: predictions, what is differentiated, variables that are created."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import keras
import tensorflow as tf

from digitlab.programs.recorder import Observer, by_variables, observing


@dataclass
class Record:
    """What happened in one step."""

    inputs: Any = None  # of the last call of the model
    outputs: Any = None  # of the same call; where the step ran eagerly, the very tensor
    loss: Any = None  # the value that was differentiated last
    sources: list[Any] = field(default_factory=list)  # the variables for which a gradient was asked
    gradients: list[Any] = field(default_factory=list)  # their gradients; None where there is no path


class Recorder(Observer):
    """Writes what happens into `record`.

    A compiled function is observed from the moment it is traced, and reports each time it runs; so one recorder serves
    a whole check, with a new record for each step.

    Args:
        model: whose calls are recorded: a Keras layer, a `Call`, or a function.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self.record = Record()
        self._outer: tf.GradientTape | None = None
        self.layers: set[int] = set()  # ids of the Keras layers that were called
        self.made_at: list[traceback.StackSummary] = []  # where trainable variables were created
        self.predicted_at: list[traceback.StackSummary] = []  # where `predict` or the like of a model was called

    def new_record(self) -> Record:
        """Start a new record, which gets what is observed from now on."""
        self.record = Record()
        return self.record

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Record everything that runs in the block."""
        with observing(self, model=self._model):
            yield

    @contextmanager
    def taping(self) -> Iterator[tf.GradientTape]:
        """A tape of ours from the model's outputs on; what the program's tapes do to differentiate is not on it."""
        self._outer = tf.GradientTape(persistent=True)
        try:
            yield self._outer
        finally:
            if self._outer._recording:
                self._outer.__exit__(None, None, None)
            self._outer = None

    def gradient(self, compute: Callable[[], Any], target: Any, sources: Any) -> Any:
        """Record what is differentiated by which variables."""
        outer = self._outer
        with outer.stop_recording() if outer is not None and outer._recording else nullcontext():
            result = compute()
        targets, flat = tf.nest.flatten(target), tf.nest.flatten(sources)
        if len(targets) == 1 and by_variables(sources):
            self.record.sources, self.record.gradients = flat, tf.nest.flatten(result)
            self._write("loss", targets[0])
        return result

    def predict(self, name: str, arguments: dict[str, Any], proceed: Callable[..., Any]) -> Any:
        """Record where."""
        self.predicted_at.append(traceback.extract_stack())
        return proceed()

    def layer_called(self, layer: keras.layers.Layer, inputs: Any, outputs: Any, depth: int) -> None:
        """Record which layers are used at all."""
        self.layers.add(id(layer))

    def model_called(self, images: Any, outputs: Any) -> Any:
        """Record the predictions, until the gradient is asked for."""
        if hasattr(outputs, "shape") and not self.record.sources:
            if self._outer is not None and tf.executing_eagerly():
                if not self._outer._recording:
                    self._outer.__enter__()
                self._outer.watch(outputs)
            self._write("inputs", images)
            self._write("outputs", outputs)
        return outputs

    def variable_made(self, variable: tf.Variable) -> None:
        """Record where weights are created."""
        if variable.trainable and variable.dtype.is_floating:
            self.made_at.append(traceback.extract_stack())

    def _write(self, name: str, tensor: Any) -> None:
        """Record a tensor: at once, or from inside a graph whenever that runs."""
        if tf.executing_eagerly():
            setattr(self.record, name, tensor)
        elif not isinstance(tensor, keras.KerasTensor):
            tf.py_function(
                lambda value: setattr(self.record, name, tf.identity(value)), [tf.convert_to_tensor(tensor)], []
            )
