"""Runs a user's script as it is up to its first training step, and sees what trains what on which images.

No name is needed for that: when the script asks a tape for a gradient, the functions it is in lie open on the stack,
with their arguments; one of these is the step.  The step is run once more, line by line, to see which of the calls
inside turns images into a row for each: that is the model.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from types import CodeType, FrameType, ModuleType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from digitlab.data.dataset import Split
from digitlab.models.userfile.served import Rows, Served, in_place_of_downloads
from digitlab.models.userfile.source import SourceFile

PIXELS = 784
TRAINING = ("training", "is_training", "train", "is_train")
LARGEST_BATCH = 1_024  # more images at once are not a batch
MOST_OUTPUTS = 400  # numbers for an image
MOST_STEPS = 20  # without labels, before it is given up
KEEP, DROP = ("keep_prob", "keep"), ("rate", "drop", "dropout", "drop_rate", "dropout_rate", "p_drop")


@dataclass(frozen=True)
class Call:
    """A function of the file, with the arguments that it was called with.

    Attributes:
        function: as the file has it: compiled, a method, or plain.
        arguments: by name.
        images: the name of the one that holds images.
        labels: the name of the one that holds labels; None: no argument does.
        line: where the function is defined.
        owner: the object that it is a method of; None: it is none.
    """

    function: Callable[..., Any]
    arguments: dict[str, Any]
    images: str
    labels: str | None
    line: int
    owner: Any

    @property
    def name(self) -> str:
        """Of the function."""
        code = code_of(self.function)
        return code.co_name if code is not None else type(self.function).__name__

    @property
    def trains_on_all(self) -> bool:
        """Whether it is given all images, and takes its batches out of them: a whole training, not a step."""
        return int(self.arguments[self.images].shape[0]) > LARGEST_BATCH

    def on(self, images: Any, labels: Any) -> Any:
        """The call with other images and labels; of a whole training, its first step."""
        arguments = self.arguments | {self.images: images, self.labels or "": labels}
        if not self.trains_on_all:
            return self.function(**arguments)
        with _ended_at_second_gradient():
            return self.function(**arguments)

    def as_model(self, images: Any, training: bool) -> Any:
        """The call of a model; what looks like a switch for training is set."""
        changed: dict[str, Any] = {self.images: images}
        for name in self.arguments:
            if name in TRAINING:
                changed[name] = training
            elif name in KEEP and not training:
                changed[name] = 1.0
            elif name in DROP and not training:
                changed[name] = 0.0
        return self.function(**(self.arguments | changed))


@dataclass
class Spied:
    """What a script does at its first step.

    Attributes:
        values: its names and their values at that moment.
        step: what trains; None where `fit` does, or nothing was found that could be called again.
        model: what turns images into rows: a `keras.Model`, or the call of a function.
        images: as they are fed; None where it is not known.
        labels: likewise.
        validation: the images that `fit` was given to validate on; None: none, or not by `fit`.
        optimizer: that moved the weights; None: none of Keras'.
        loss: of Keras, that was called; None: none.
    """

    values: dict[str, Any]
    step: Call | None = None
    model: keras.Model | Call | None = None
    images: Any = None
    labels: Any = None
    validation: Any = None
    optimizer: keras.optimizers.Optimizer | None = None
    loss: Any = None

    @property
    def model_line(self) -> int | None:
        """Where the function that is the model is defined."""
        return self.model.line if isinstance(self.model, Call) else None


class _Caught(BaseException):
    """Ends the script: the first step was seen.  No handler of the script's own catches it."""


@dataclass
class _Scene:
    """What was found when the script was ended."""

    step: Call | None = None
    fitted: tuple[keras.Model, Any, Any, Any] | None = None


def spy(source: SourceFile, data: Split, rows: Rows) -> Spied | None:
    """Run the script until it trains; None if it ends or fails before, or its step cannot be told.

    Args:
        source: the file.
        data: what its `mnist.load_data()` gives.
        rows: how many of them.
    """
    module = ModuleType(f"user_file_{source.path.stem}")
    module.__file__ = str(source.path)
    sys.modules[module.__name__] = module  # Keras and inspect look a class up by its module
    scene = _Scene()
    values = module.__dict__
    values["__name__"] = "__main__"
    try:
        with _line_by_line(), in_place_of_downloads(Served(data, rows)), _traps(source, scene):
            exec(compile(source.text, str(source.path), "exec", dont_inherit=True), values)
    except _Caught:
        pass
    except (Exception, SystemExit):  # what is wrong with it is told by whoever loads it next
        return None
    finally:
        values["__name__"] = module.__name__
    if scene.fitted is not None:
        return _of_fit(values, *scene.fitted)
    return None if scene.step is None else _of_step(source, values, scene.step)


def _of_fit(values: dict[str, Any], model: keras.Model, images: Any, labels: Any, validation: Any) -> Spied:
    others = validation[0] if isinstance(validation, tuple | list) and len(validation) >= 2 else None
    return Spied(values, model=model, images=images, labels=labels, validation=others)


def _of_step(source: SourceFile, values: dict[str, Any], step: Call) -> Spied | None:
    spied = Spied(values, step, images=step.arguments[step.images], labels=step.arguments[step.labels or ""])
    watcher = _Watcher(source, step)
    with _line_by_line(), watcher.watching(spied):
        try:
            step.on(spied.images, spied.labels)
        except Exception:  # it cannot be called again
            return None
    spied.model = watcher.model
    return spied if spied.model is not None else None


@contextmanager
def _line_by_line() -> Iterator[None]:
    """Compiled functions run as they are written, so that their frames lie on the stack."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


@contextmanager
def _traps(source: SourceFile, scene: _Scene) -> Iterator[None]:
    """The first gradient or `fit` of a classifier inside the block ends it; what is trained before goes on."""
    real, steps = tf.GradientTape.gradient, count()

    def gradient(tape: tf.GradientTape, *arguments: Any, **options: Any) -> Any:
        scene.step = _step_on_stack(source, sys._getframe(1))
        if scene.step is not None or next(steps) > MOST_STEPS:
            raise _Caught
        return real(tape, *arguments, **options)

    def fit(model: keras.Model, x: Any = None, y: Any = None, *_: Any, **options: Any) -> Any:
        if are_images(y):  # an autoencoder, say, before the classifier
            history = keras.callbacks.History()
            history.set_model(model)
            return history
        scene.fitted = model, x, y, options.get("validation_data")
        raise _Caught

    with (
        _replaced(tf.GradientTape, "gradient", gradient),
        _replaced(keras.Model, "fit", fit),
        _replaced(keras.Model, "train_on_batch", fit),
    ):
        yield


def _step_on_stack(source: SourceFile, frame: FrameType | None) -> Call | None:
    """The innermost function of the file, with images and labels among its arguments, that can be called again.

    One that takes a batch is better than one that takes all images.
    """
    training: Call | None = None
    while frame is not None:
        if frame.f_code.co_filename == str(source.path) and frame.f_code.co_name != "<module>":
            call = _call_of(
                frame, {name: frame.f_locals[name] for name in _parameters(frame.f_code) if name in frame.f_locals}
            )
            if call is not None and call.labels is not None:
                if not call.trains_on_all:
                    return call
                training = training or call
        frame = frame.f_back
    return training


def _parameters(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _call_of(frame: FrameType, arguments: dict[str, Any]) -> Call | None:
    images = next((name for name, value in arguments.items() if are_images(value)), None)
    function = _function_of(frame, arguments)
    if images is None or function is None:
        return None
    rows = int(arguments[images].shape[0])
    labels = next((name for name, value in arguments.items() if name != images and _are_labels(value, rows)), None)
    owner = arguments.get("self")
    arguments = {name: value for name, value in arguments.items() if name != "self"}
    return Call(function, arguments, images, labels, frame.f_code.co_firstlineno, owner)


def are_images(value: Any) -> bool:
    """Whether it is a batch of 28×28 pixels in any shape."""
    shape = tuple(getattr(value, "shape", ()))
    if len(shape) < 2 or None in shape or isinstance(value, tf.Variable | keras.Variable):
        return False
    return bool(np.prod(shape[1:]) == PIXELS)


def _are_labels(value: Any, count: int) -> bool:
    shape = tuple(getattr(value, "shape", ()))
    return 1 <= len(shape) <= 2 and shape[0] == count and (len(shape) == 1 or shape[1] <= 100)


def _function_of(frame: FrameType, arguments: dict[str, Any]) -> Callable[..., Any] | None:
    """The function whose code `frame` runs, as the file has it: a method, compiled, or a name around it."""
    code = frame.f_code
    owner = arguments.get("self")
    if owner is not None and (method := getattr(owner, code.co_name, None)) is not None:
        return method if callable(method) else None
    outer: FrameType | None = frame
    while outer is not None:
        for value in [*outer.f_locals.values(), *outer.f_globals.values()]:
            if code_of(value) is code:
                return value  # type: ignore[no-any-return]
        outer = outer.f_back
    return None


def code_of(value: Any) -> CodeType | None:
    """The code of a function, under the wrappings of tf.function and others."""
    for _ in range(5):
        if isinstance(value, type | ModuleType) or not callable(value):
            return None
        inner = getattr(value, "python_function", None) or getattr(value, "__wrapped__", None)
        if inner is None:
            break
        value = inner
    return getattr(value, "__code__", None)


@dataclass
class _Watcher:
    """Finds the model among the calls that a step makes: the outermost that turns images into a row each."""

    source: SourceFile
    step: Call
    model: keras.Model | Call | None = None
    _depth: int = 0
    _best: int = field(default=1_000_000)

    @contextmanager
    def watching(self, spied: Spied) -> Iterator[None]:
        call, apply = keras.layers.Layer.__call__, keras.optimizers.Optimizer.apply

        def layer_called(layer: Any, *arguments: Any, **options: Any) -> Any:
            depth = self._depth
            self._depth += 1
            try:
                result = call(layer, *arguments, **options)
            finally:
                self._depth = depth
            is_model = isinstance(layer, keras.Model) and arguments and are_images(arguments[0])
            if is_model and _are_rows(result, arguments[0]):
                self._found(layer, depth)
            return result

        def applied(optimizer: Any, *arguments: Any, **options: Any) -> Any:
            spied.optimizer = optimizer
            return apply(optimizer, *arguments, **options)

        def loss_called(loss: Any, *arguments: Any, **options: Any) -> Any:
            spied.loss = loss
            return loss_call(loss, *arguments, **options)

        loss_call = keras.losses.Loss.__call__
        with (
            _replaced(keras.layers.Layer, "__call__", layer_called),
            _replaced(keras.optimizers.Optimizer, "apply", applied),
            _replaced(keras.losses.Loss, "__call__", loss_called),
        ):
            before = sys.getprofile()
            sys.setprofile(self._profile())
            try:
                yield
            finally:
                sys.setprofile(before)

    def _profile(self) -> Callable[[FrameType, str, Any], None]:
        path, step_code = str(self.source.path), code_of(self.step.function)
        entered: dict[int, dict[str, Any]] = {}

        def profile(frame: FrameType, event: str, value: Any) -> None:
            if frame.f_code.co_filename != path or frame.f_code is step_code:
                return
            if event == "call":
                self._depth += 1
                entered[id(frame)] = {name: frame.f_locals[name] for name in _parameters(frame.f_code)}
            elif event == "return":
                self._depth -= 1
                arguments = entered.pop(id(frame), {})
                images = next((one for one in arguments.values() if are_images(one)), None)
                if _are_rows(value, images) and (call := _call_of(frame, arguments)) is not None:
                    self._found(call, self._depth)

        return profile

    def _found(self, model: keras.Model | Call, depth: int) -> None:
        if depth < self._best:
            self.model, self._best = model, depth


def _are_rows(value: Any, images: Any) -> bool:
    """Whether it has a few numbers for each of `images`."""
    if not isinstance(value, tf.Tensor) or images is None or not value.dtype.is_floating:
        return False
    shape = tuple(value.shape)
    return len(shape) >= 2 and shape[0] == images.shape[0] and bool(np.prod(shape[1:]) <= MOST_OUTPUTS)


@contextmanager
def _ended_at_second_gradient() -> Iterator[None]:
    """What runs in the block asks for one gradient, uses it, and ends when it asks for the next."""
    real, asked = tf.GradientTape.gradient, count()

    def gradient(*arguments: Any, **options: Any) -> Any:
        if next(asked):
            raise _Caught
        return real(*arguments, **options)

    with suppress(_Caught), _replaced(tf.GradientTape, "gradient", gradient):
        yield


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    real = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, real)
