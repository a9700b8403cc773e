"""Runs a user's program as it is, up to its first update of trainable variables, and finds its training step.

When the program asks a tape for a gradient by variables, the running functions and loops are on the stack, with their
arguments: the innermost one that changes these variables is the step.  No name is needed for that.
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
from digitlab.programs.call import MAX_BATCH, Call, are_images, call_of, parameters_of
from digitlab.programs.datasets import DataStub, downloads_replaced
from digitlab.programs.loop import Loop, enclosing_loops, loop_of, turns
from digitlab.programs.recorder import Observer, by_variables, observing, profiled
from digitlab.programs.source import SourceFile
from digitlab.programs.stage import line_by_line, seeds_ignored

MAX_GRADIENTS = 20  # in trainings that are not a classifier's, before the search ends


class ProgramEnded(BaseException):
    """Ends a program that has shown what it was run for; `except Exception` does not catch it."""


@dataclass(frozen=True)
class Fit:
    """A call of `fit` or `train_on_batch` with its arguments."""

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
        """The line of the model's own `train_step`; None: that of Keras trains."""
        code = getattr(type(self.model).train_step, "__code__", None)
        if code in (None, keras.Model.train_step.__code__) or "keras" in type(self.model).__module__:
            return None
        return int(code.co_firstlineno)

    def on(self, images: Any, labels: Any) -> Any:
        """One step of the model's `train_step`; `class_weight` counts as in `fit`."""
        weights = self.options.get("class_weight")
        if not weights:
            return self.model.train_step((images, labels))
        numbers = labels if labels.shape.rank == 1 or labels.shape[-1] == 1 else tf.argmax(labels, axis=-1)
        table = tf.constant([float(weights.get(one, 1.0)) for one in range(max(weights) + 100)])
        return self.model.train_step((images, labels, tf.gather(table, tf.cast(tf.reshape(numbers, [-1]), tf.int32))))


Step = Call | Loop | Fit


@dataclass
class Capture:
    """What a program does at its first update."""

    values: dict[str, Any]  # its names and their values at that moment
    # candidates for the step, the innermost first; none where the program ended without training
    steps: list[Step] = field(default_factory=list)
    # the names inside the functions that were running, and their values
    local_values: dict[str, Any] = field(default_factory=dict)
    # the running loops, the innermost first, with the code that they are in and the number of their turns
    loops: list[tuple[CodeType, ast.For | ast.While, int | None]] = field(default_factory=list)
    variables: list[tf.Variable] = field(default_factory=list)  # all that it made, in order
    data_loaded: bool = False  # it loaded its data by `load_data`
    error: BaseException | None = None  # the exception that ended it
    seeds: list[int] = field(default_factory=list)  # the lines that set a seed, which was ignored
    notes: list[str] = field(default_factory=list)  # what ran differently from how it is written


def capture(source: SourceFile, stub: DataStub, name: str | None = None) -> Capture:
    """Run a staged program until it trains the model called `name` (None: any), to its end, or to an exception."""
    seen, stale = _run(source, stub, name, [])
    if stale:  # a step that changes its own arguments: their first values are known where it is entered
        seen, _ = _run(source, stub, name, stale)
    return seen


def _run(
    source: SourceFile, stub: DataStub, name: str | None, entered: list[CodeType]
) -> tuple[Capture, list[CodeType]]:
    module = source.new_module()
    seen = Capture(module.__dict__)
    capturer = _Capturer(source, seen, name)
    try:
        with ExitStack() as stack:
            if entered:
                capturer.entered = stack.enter_context(profiled(lambda code: code in entered))
            execute(source, module, stub, capturer, seen)
    except ProgramEnded:
        pass
    except (Exception, SystemExit) as error:
        seen.error = error
    seen.data_loaded = stub.loaded
    return seen, capturer.stale


def execute(source: SourceFile, module: ModuleType, stub: DataStub, observer: Observer, seen: Capture) -> None:
    """Run the program in `module`, reporting to `observer`; raises what it raises."""
    module.__dict__["__name__"] = "__main__"
    try:
        with (
            line_by_line(),
            downloads_replaced(stub),
            standins.imports(source, stub) as seen.notes,
            seeds_ignored(source, seen.seeds),
            observing(observer),
        ):
            exec(compile(source.text, str(source.path), "exec", dont_inherit=True), module.__dict__)
    finally:
        module.__dict__["__name__"] = module.__name__ = f"user_file_{source.path.stem}"


class _Capturer(Observer):
    """Ends the program when it trains a classifier."""

    def __init__(self, source: SourceFile, seen: Capture, name: str | None) -> None:
        self._source = source
        self._name = name
        self._seen = seen
        self._gradients = 0
        self.stale: list[CodeType] = []  # of steps that assign to their parameters before the tape is asked
        self.entered: dict[FrameType, dict[str, Any]] = {}

    def variable_made(self, variable: tf.Variable) -> None:
        self._seen.variables.append(variable)

    def gradient(self, compute: Any, target: Any, sources: Any) -> Any:
        if not by_variables(sources):
            return compute()
        self._gradients += 1
        frames = list(frames_of(self._source, sys._getframe(1)))
        self._seen.steps = [step for frame in frames for step in self._steps_of(frame)]
        if not self._seen.steps and self._gradients <= MAX_GRADIENTS:
            return compute()
        raise self._end(frames)

    def fit(self, model: keras.Model, proceed: Any, x: Any, y: Any, options: dict[str, Any]) -> Any:
        if are_images(y) or not self._is_wanted(model):  # an autoencoder, for example, before the classifier
            history = keras.callbacks.History()
            history.set_model(model)
            return history
        self._seen.steps = [Fit(model, x, y, options)]
        raise self._end(list(frames_of(self._source, sys._getframe(1))))

    def _is_wanted(self, model: keras.Model) -> bool:
        value = model if self._name is None else self._seen.values.get(self._name)
        return value is model or (isinstance(value, type) and isinstance(model, value))

    def _end(self, frames: list[FrameType]) -> ProgramEnded:
        for frame in frames:
            if frame.f_code.co_name != "<module>":
                self._seen.local_values = {**frame.f_locals, **self._seen.local_values}
            for loop in reversed(enclosing_loops(self._source, frame)):
                self._seen.loops.append((frame.f_code, loop, turns(loop, frame)))
        return ProgramEnded()

    def _steps_of(self, frame: FrameType) -> list[Step]:
        """The frame's function, the innermost loop in it, or both: a function of a whole dataset comes last."""
        loop, call = loop_of(self._source, frame), self._call_of(frame)
        calls = [call] if call is not None and call.labels is not None else []
        loops = [loop] if loop is not None else []
        takes_batch = bool(calls) and calls[0].batch[0].shape[0] <= MAX_BATCH
        return [*calls, *loops] if takes_batch else [*loops, *calls]

    def _call_of(self, frame: FrameType) -> Call | None:
        code = frame.f_code
        if code.co_name == "<module>":
            return None
        names = parameters_of(code)
        arguments = {name: frame.f_locals[name] for name in names if name in frame.f_locals}
        stores = (one for one in dis.get_instructions(code) if one.opname in ("STORE_FAST", "STORE_DEREF"))
        if any(one.argval in names for one in stores):
            self.stale.append(code)
            arguments |= self.entered.get(frame, {})
        return call_of(frame, arguments)


def frames_of(source: SourceFile, frame: FrameType | None) -> Iterator[FrameType]:
    """The running functions of the program, the innermost first."""
    while frame is not None:
        if frame.f_code.co_filename == str(source.path):
            yield frame
        frame = frame.f_back
