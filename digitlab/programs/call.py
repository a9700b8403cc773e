"""A function of a user's file with the arguments that it was called with, so that it can be called again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from types import CodeType, FrameType, ModuleType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from digitlab.programs.stage import replaced

PIXELS = 784
LARGEST_BATCH = 1_024  # more images at once are not a batch
TRAINING = ("training", "is_training", "train", "is_train")
KEEP, DROP = ("keep_prob", "keep"), ("rate", "drop", "dropout", "drop_rate", "dropout_rate", "p_drop")


class Caught(BaseException):
    """Ends a script: what it was run for was seen.  No handler of the script's own catches it."""


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
        arguments = self.arguments | {
            self.images: _as(self.arguments[self.images], images),
            self.labels or "": _as(self.arguments.get(self.labels or ""), labels),
        }
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


def parameters_of(code: CodeType) -> tuple[str, ...]:
    """The names of the parameters."""
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _as(given: Any, value: Any) -> Any:
    """`value` as an array where `given` is one: a tensor cannot be indexed in the same ways."""
    return np.asarray(value) if isinstance(given, np.ndarray) else value


def call_of(frame: FrameType, arguments: dict[str, Any]) -> Call | None:
    """The call that `frame` runs, if images are among its arguments and it can be called again."""
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
    if len(shape) < 2 or None in shape[1:] or isinstance(value, tf.Variable | keras.Variable):
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


@contextmanager
def _ended_at_second_gradient() -> Iterator[None]:
    """What runs in the block asks for one gradient, uses it, and ends when it asks for the next."""
    real, asked = tf.GradientTape.gradient, count()

    def gradient(*arguments: Any, **options: Any) -> Any:
        if next(asked):
            raise Caught
        return real(*arguments, **options)

    with suppress(Caught), replaced(tf.GradientTape, "gradient", gradient):
        yield
