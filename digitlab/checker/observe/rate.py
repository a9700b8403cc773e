"""The learning rate of a program: in its optimizer, or a number that a step multiplies by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from digitlab.checker.subject import Subject
from digitlab.programs.call import Call
from digitlab.programs.namespace import lines_of_names
from digitlab.programs.stage import line_by_line

if TYPE_CHECKING:
    from digitlab.programs.program import Program

NAMES = ("lr", "learning_rate", "rate", "eta", "alpha", "step_size")


@dataclass(frozen=True)
class Rate:
    """A learning rate that can be changed."""

    value: float  # as the program has it
    text: str  # its place as code
    line: int | None  # of the file; None: unknown
    change: Callable[[float], None]  # sets it
    in_graph: bool  # a compiled step contains the number and does not notice a change

    @contextmanager
    def multiplied(self, times: float) -> Iterator[None]:
        """Multiply the rate by `times` inside the block."""
        self.change(self.value * times)
        try:
            with line_by_line() if self.in_graph else nullcontext():
                yield
        finally:
            self.change(self.value)


def rate_of(subject: Subject, optimizer: keras.optimizers.Optimizer) -> Rate | None:
    """The learning rate; None where it follows a schedule or is not found."""
    if subject.optimizer is not None or subject.step is None:
        return _of_optimizer(optimizer)
    return None if subject.program is None else _of_program(subject.program)


def _of_optimizer(optimizer: keras.optimizers.Optimizer) -> Rate | None:
    if isinstance(optimizer._learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        return None
    value = float(np.asarray(optimizer.learning_rate))
    text = f"{type(optimizer).__name__}(learning_rate={value:g})"
    return Rate(value, text, None, partial(setattr, optimizer, "learning_rate"), in_graph=False)


def _of_program(program: Program) -> Rate | None:
    """A number with a usual name: an argument of the step, an attribute of its object, or a global of the file."""
    call = program.step
    if isinstance(call, Call):
        for name, value in call.arguments.items():
            if name.lower() in NAMES and (given := _number(value)) is not None:
                kind = tf.constant if isinstance(value, tf.Tensor) else float
                change = _setter(call.arguments, name, kind)
                return Rate(given, f"{name} = {given:g}", None, change, in_graph=False)
        for name, value in getattr(call.owner, "__dict__", {}).items():
            if name.lower() in NAMES and isinstance(value, float):
                change = partial(setattr, call.owner, name)
                return Rate(value, f"self.{name} = {value:g}", None, change, in_graph=True)
    for name, value in program.values.items():
        if name.lower() in NAMES and isinstance(value, float):
            line = lines_of_names(program.source.tree).get(name)
            return Rate(value, f"{name} = {value:g}", line, _setter(program.values, name, float), in_graph=True)
    return None


def _number(value: Any) -> float | None:
    if isinstance(value, tf.Tensor) and value.shape.rank == 0 and value.dtype.is_floating:
        return float(value)
    return float(value) if isinstance(value, float | np.floating) else None


def _setter(names: dict[str, Any], name: str, kind: Callable[[float], Any]) -> Callable[[float], None]:
    def change(value: float) -> None:
        names[name] = kind(value)

    return change
