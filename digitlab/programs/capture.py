"""Runs a user's program as it is, up to its first update of trainable variables, and finds its training step.

No name is needed for that.  When the program asks a tape for a gradient by variables, the running functions and loops
are on the stack, with their arguments: the innermost one that changes these variables is the step.
"""

from __future__ import annotations

import ast
import dis
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import CodeType, FrameType, ModuleType
from typing import Any

import keras
import tensorflow as tf

from digitlab.programs import standins
from digitlab.programs.call import LARGEST_BATCH, Call, are_images, call_of, parameters_of
from digitlab.programs.datasets import Served, in_place_of_downloads
from digitlab.programs.loop import Loop, enclosing_loops, loop_of, times
from digitlab.programs.recorder import Observer, by_variables, profiled, watching
from digitlab.programs.source import SourceFile
from digitlab.programs.stage import line_by_line, seeds_ignored

MOST_GRADIENTS = 20  # of trainings that are no classifier's, before it is given up


class Caught(BaseException):
    """Ends a program that has shown what it was run for; `except Exception` does not catch it."""


@dataclass(frozen=True)
class Fit:
    """A call of `fit` or `train_on_batch`, with what it was given."""

    model: keras.Model
    images: Any
    labels: Any
    options: dict[str, Any]

    @property
    def batch(self) -> tuple[Any, Any]:
        """Images and labels, or a pipeline of both."""
        return self.images, self.labels

    @property
    def line(self) -> int | None:
        """Of a `train_step` of the model's own; None: Keras' own trains."""
        code = getattr(type(self.model).train_step, "__code__", None)
        if code in (None, keras.Model.train_step.__code__) or "keras" in type(self.model).__module__:
            return None
        return int(code.co_firstlineno)

    def on(self, images: Any, labels: Any) -> Any:
        """One step of the model's own kind; `class_weight` counts as in `fit`."""
        weights = self.options.get("class_weight")
        if not weights:
            return self.model.train_step((images, labels))
        numbers = labels if labels.shape.rank == 1 or labels.shape[-1] == 1 else tf.argmax(labels, axis=-1)
        table = tf.constant([float(weights.get(one, 1.0)) for one in range(max(weights) + 100)])
        return self.model.train_step((images, labels, tf.gather(table, tf.cast(tf.reshape(numbers, [-1]), tf.int32))))


Step = Call | Loop | Fit


@dataclass
class Capture:
    """What a program does at its first update.

    Attributes:
        values: its names and their values at that moment.
        steps: what may be the step, the innermost first; none where the program ended without training.
        local_values: the names inside the functions that were running, and their values.
        loops: that were running, the innermost first, with the code that they are in and the number of their turns.
        variables: all that it made, in that order.
        data_served: it loaded its data by `load_data`.
        error: the exception that ended it.
        seeds: the lines that set a seed, which was ignored.
        notes: what was done otherwise than the program says.
    """

    values: dict[str, Any]
    steps: list[Step] = field(default_factory=list)
    local_values: dict[str, Any] = field(default_factory=dict)
    loops: list[tuple[CodeType, ast.For | ast.While, int | None]] = field(default_factory=list)
    variables: list[tf.Variable] = field(default_factory=list)
    data_served: bool = False
    error: BaseException | None = None
    seeds: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def capture(source: SourceFile, served: Served, name: str | None = None) -> Capture:
    """Run the program until it trains, to its end, or to an exception.

    Args:
        source: the program; to be on its stage.
        served: what its data calls give.
        name: of the model whose training is looked for; None: the first one.
    """
    seen, scene = _run(source, served, name, ())
    if scene.stale:  # a step that changes its own arguments: what it was called with is seen where it is entered
        seen, _ = _run(source, served, name, tuple(scene.stale))
    return seen


def _run(source: SourceFile, served: Served, name: str | None, entered: tuple[CodeType, ...]) -> tuple[Capture, _Scene]:
    module = source.new_module()
    seen = Capture(module.__dict__)
    scene = _Scene(source, seen, name)
    try:
        with ExitStack() as stack:
            if entered:
                scene.entered = stack.enter_context(profiled(lambda code: code in entered))
            perform(source, module, served, scene, seen)
    except Caught:
        pass
    except (Exception, SystemExit) as error:
        seen.error = error
    seen.data_served = served.asked
    return seen, scene


def perform(source: SourceFile, module: ModuleType, served: Served, observer: Observer, seen: Capture) -> None:
    """Run the program in `module`, watched by `observer`; raises what it raises."""
    module.__dict__["__name__"] = "__main__"
    try:
        with (
            line_by_line(),
            in_place_of_downloads(served),
            standins.imports(source, served) as seen.notes,
            seeds_ignored(source, seen.seeds),
            watching(observer),
        ):
            exec(compile(source.text, str(source.path), "exec", dont_inherit=True), module.__dict__)
    finally:
        module.__dict__["__name__"] = module.__name__ = f"user_file_{source.path.stem}"


class _Scene(Observer):
    """Ends the program when it trains a classifier."""

    def __init__(self, source: SourceFile, seen: Capture, name: str | None) -> None:
        self._source = source
        self._name = name
        self._seen = seen
        self._gradients = 0
        self.stale: list[CodeType] = []  # of steps that give their parameters other values before the tape is asked
        self.entered: dict[FrameType, dict[str, Any]] = {}

    def made(self, variable: tf.Variable) -> None:
        self._seen.variables.append(variable)

    def gradient(self, compute: Any, target: Any, sources: Any) -> Any:
        if not by_variables(sources):
            return compute()
        self._gradients += 1
        frames = list(frames_of(self._source, sys._getframe(1)))
        self._seen.steps = [step for frame in frames for step in self._steps_of(frame)]
        if not self._seen.steps and self._gradients <= MOST_GRADIENTS:
            return compute()
        raise self._caught(frames)

    def fit(self, model: keras.Model, proceed: Any, x: Any, y: Any, options: dict[str, Any]) -> Any:
        if are_images(y) or not self._is_wanted(model):  # an autoencoder, say, before the classifier
            history = keras.callbacks.History()
            history.set_model(model)
            return history
        self._seen.steps = [Fit(model, x, y, options)]
        raise self._caught(list(frames_of(self._source, sys._getframe(1))))

    def _is_wanted(self, model: keras.Model) -> bool:
        value = model if self._name is None else self._seen.values.get(self._name)
        return value is model or (isinstance(value, type) and isinstance(model, value))

    def _caught(self, frames: list[FrameType]) -> Caught:
        for frame in frames:
            if frame.f_code.co_name != "<module>":
                self._seen.local_values = {**frame.f_locals, **self._seen.local_values}
            for loop in reversed(enclosing_loops(self._source, frame)):
                self._seen.loops.append((frame.f_code, loop, times(loop, frame)))
        return Caught()

    def _steps_of(self, frame: FrameType) -> Iterator[Step]:
        loop = loop_of(self._source, frame)
        call = self._call_of(frame)
        if call is not None and call.labels is not None and call.batch[0].shape[0] <= LARGEST_BATCH:
            yield call
            call = None
        if loop is not None:
            yield loop
        if call is not None and call.labels is not None:
            yield call

    def _call_of(self, frame: FrameType) -> Call | None:
        code = frame.f_code
        if code.co_name == "<module>":
            return None
        arguments = {name: frame.f_locals[name] for name in parameters_of(code) if name in frame.f_locals}
        if _changes_parameters(code):
            self.stale.append(code)
            arguments |= self.entered.get(frame, {})
        return call_of(frame, arguments)


def _changes_parameters(code: CodeType) -> bool:
    names = parameters_of(code)
    return any(
        one.opname in ("STORE_FAST", "STORE_DEREF") and one.argval in names for one in dis.get_instructions(code)
    )


def frames_of(source: SourceFile, frame: FrameType | None) -> Iterator[FrameType]:
    """The open functions of the program, the innermost first."""
    while frame is not None:
        if frame.f_code.co_filename == str(source.path):
            yield frame
        frame = frame.f_back
