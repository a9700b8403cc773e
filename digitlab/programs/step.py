"""The program's own step on our batches; its loss and predictions are caught on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import keras
import tensorflow as tf

from digitlab.programs.feed import Feed
from digitlab.programs.loop import Loop
from digitlab.programs.program import Program
from digitlab.programs.recorder import Observer, by_variables, observing
from digitlab.programs.stage import as_script, replaced

Answers = Callable[[Any, bool], Any]  # (images as they reach the model, whether it trains) → predictions


class Catcher(Observer):
    """Catches loss and predictions of one step, whatever the step does with them.

    The model is a Keras layer, a `Call`, or None; with `ends`, the step ends where it asks for the gradient.
    """

    def __init__(self, model: Any, *, ends: bool = False) -> None:
        self._model = model
        self._ends = ends
        self.loss: Any = None
        self.predictions: Any = None

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Catch them in the block."""
        with observing(self, model=self._model), suppress(Reached):
            yield

    def gradient(self, compute: Callable[[], Any], target: Any, sources: Any) -> Any:
        """Catch the loss."""
        if not by_variables(sources):
            return compute()
        if self.loss is None:
            self._catch("loss", tf.reduce_mean(tf.cast(tf.nest.flatten(target)[0], tf.float32)))
        if self._ends:
            raise Reached
        return compute()

    def model_called(self, images: Any, outputs: Any) -> Any:
        """Catch the predictions.

        Where the loss is cut out, it gets a copy of them: Keras' losses would go back to the logits behind them.
        """
        if self.loss is None:
            outputs = tf.identity(outputs) if self._ends else outputs
            self._catch("predictions", outputs)
        return outputs

    def _catch(self, name: str, tensor: Any) -> None:
        """Keep a tensor; inside a compiled function of the program, each time that it runs."""
        inside = not tf.executing_eagerly() and not _INLINED
        if inside and tf.is_symbolic_tensor(tensor):
            tf.py_function(lambda value: setattr(self, name, tf.identity(value)), [tensor], [])
        else:
            setattr(self, name, tensor)


class Reached(BaseException):
    """Ends a step at its gradient."""


_INLINED: list[bool] = []  # not empty inside `inlined`


@contextmanager
def inlined() -> Iterator[None]:
    """Compiled functions of the program become part of the one that is being compiled in the block."""

    def call(function: Any, *arguments: Any, **options: Any) -> Any:
        return function.python_function(*arguments, **options)

    _INLINED.append(True)
    try:
        with replaced(type(tf.function(call)), "__call__", call):
            yield
    finally:
        _INLINED.pop()


class ProgramStep:
    """The program's own step on a batch of ours: (model, images in [0, 1], labels one-hot) → (loss, predictions).

    Attributes:
        compiled: the step can be part of a compiled function; else it runs line by line.
    """

    def __init__(self, program: Program, feed: Feed) -> None:
        self.program = program
        self.feed = feed
        self.compiled = False
        self.answers: Answers | None = None
        # One for all steps: a compiled function of the program reports to the one that it was compiled under.
        self._catcher = Catcher(program.model)

    def begin(self) -> None:
        """Begin an epoch."""
        if isinstance(self.program.step, Loop):
            self.program.step.begin()

    def run(self, images: Any, labels: Any, *, ends: bool = False) -> Catcher:
        """Run the step on images and labels as they are fed; raises ValueError where it differentiates nothing."""
        catcher = Catcher(self.program.model, ends=True) if ends else self._catcher
        catcher.loss = catcher.predictions = None
        assert self.program.step is not None
        with as_script(self.program.source), catcher.catching():
            self.program.step.on(images, labels)
        if catcher.loss is None:
            raise ValueError("the step computes no gradient")
        return catcher

    @tf.autograph.experimental.do_not_convert
    def __call__(self, _: keras.Model, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Run the step on images float32 [batch, …] in [0, 1] and one-hot labels [batch, classes]."""
        with inlined() if self.compiled else nullcontext():
            caught = self.run(self.feed.images(images), self.feed.targets(labels))
        predictions = caught.predictions
        if predictions is None:  # the step computes them by itself
            assert self.answers is not None
            predictions = self.answers(self.feed.images(images), False)
        return caught.loss, tf.cast(predictions, tf.float32)

    def compile(self, model: keras.Model, classes: int) -> tuple[str, ...]:
        """Compile the step if possible; returns a note where it is not."""
        if isinstance(self.program.step, Loop) and self.program.step.counts:
            return ("its loop does something every few batches, so it runs line by line",)
        self.compiled = True
        shape = self.feed.image_shape
        rows = tf.TensorSpec([None, *shape], tf.float32), tf.TensorSpec([None, classes], tf.float32)
        try:
            tf.function(lambda images, labels: self(model, images, labels)).get_concrete_function(*rows)
        except Exception as error:  # it uses the values of tensors, for example
            self.compiled = False
            line = self.program.source.line_of(error)
            at = f": line {line}, {self.program.source.quote(line)}" if line else ""
            return (f"its step cannot be compiled, so it runs line by line{at}",)
        return ()
