"""A function of a user's program with its arguments, so that it can be called again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, FrameType, ModuleType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from digitlab.programs.spec import PIXELS

MAX_BATCH = 1_024  # more images at once are a dataset, not a batch
MAX_LABEL_SIZE = 100  # numbers in the label of an image
MAX_WRAPPERS = 5  # of a function: tf.function and other decorators
TRAINING = ("training", "is_training", "train", "is_train")
KEEP, DROP = ("keep_prob", "keep"), ("rate", "drop", "dropout", "drop_rate", "dropout_rate", "p_drop")


@dataclass(frozen=True)
class Call:
    """A function of the file with its arguments."""

    function: Callable[..., Any]  # compiled, a method, or plain
    arguments: dict[str, Any]  # by name
    images: str  # the name of the argument with images
    labels: str | None  # the name of the argument with labels, if any
    line: int  # where the function is defined
    owner: Any  # the object of a method

    @property
    def name(self) -> str:
        """The name of the function."""
        code = code_of(self.function)
        return code.co_name if code is not None else type(self.function).__name__

    @property
    def batch(self) -> tuple[Any, Any]:
        """Its images and labels."""
        return self.arguments[self.images], self.arguments.get(self.labels or "")

    def on(self, images: Any, labels: Any) -> Any:
        """Call it with other images and labels."""
        mine = self.batch
        changed = {self.images: _as_type_of(mine[0], images), self.labels or "": _as_type_of(mine[1], labels)}
        return self.function(**(self.arguments | changed))

    def as_model(self, images: Any, training: bool) -> Any:
        """Call it as a model, with its switches for training set."""
        changed: dict[str, Any] = {self.images: images}
        changed |= {name: training for name in self.arguments if name in TRAINING}
        if not training:
            changed |= {name: 1.0 for name in self.arguments if name in KEEP}
            changed |= {name: 0.0 for name in self.arguments if name in DROP}
        return self.function(**(self.arguments | changed))


def _as_type_of(given: Any, value: Any) -> Any:
    """`value` as an array where `given` is one: a tensor cannot be indexed in the same ways."""
    return np.asarray(value) if isinstance(given, np.ndarray) and not tf.is_symbolic_tensor(value) else value


def call_of(frame: FrameType, arguments: dict[str, Any]) -> Call | None:
    """The call that `frame` runs; None where it has no images or cannot be called again."""
    images = next((name for name, value in arguments.items() if are_images(value)), None)
    function = _function_of(frame, arguments)
    if images is None or function is None:
        return None
    rows = arguments[images].shape[0]
    labels = next((name for name, value in arguments.items() if name != images and are_labels(value, rows)), None)
    owner = arguments.get("self")
    arguments = {name: value for name, value in arguments.items() if name != "self"}
    return Call(function, arguments, images, labels, frame.f_code.co_firstlineno, owner)


def parameters_of(code: CodeType) -> tuple[str, ...]:
    """The names of the parameters."""
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def are_images(value: Any) -> bool:
    """Whether it is a batch of 28×28 pixels in any shape."""
    shape = tuple(getattr(value, "shape", None) or ())
    if len(shape) < 2 or None in shape[1:] or isinstance(value, tf.Variable | keras.Variable):
        return False
    return bool(np.prod(shape[1:]) == PIXELS)


def are_labels(value: Any, count: int | None) -> bool:
    """Whether it has a number, or a short row, for each of `count` images."""
    shape = tuple(getattr(value, "shape", None) or ())
    if not 1 <= len(shape) <= 2 or shape[0] != count:
        return False
    return len(shape) == 1 or shape[1] is None or shape[1] <= MAX_LABEL_SIZE


def _function_of(frame: FrameType, arguments: dict[str, Any]) -> Callable[..., Any] | None:
    """The function whose code `frame` runs, as the file has it: a method, compiled, or a name in an outer scope."""
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
    """The code of a function, inside the wrappers of tf.function and others."""
    for _ in range(MAX_WRAPPERS):
        if isinstance(value, type | ModuleType) or not callable(value):
            return None
        inner = getattr(value, "python_function", None) or getattr(value, "__wrapped__", None)
        if inner is None:
            break
        value = inner
    return getattr(value, "__code__", None)
