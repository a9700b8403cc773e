"""The learning rate of a program, wherever it is: in an optimizer, or a number that a step multiplies with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from digitlab.checker.subject import Subject
from digitlab.models.userfile.script import lines_of_names
from digitlab.models.userfile.stage import line_by_line

NAMES = ("lr", "learning_rate", "rate", "eta", "alpha", "step_size")


@dataclass(frozen=True)
class Rate:
    """A learning rate that can be changed.

    Attributes:
        value: as the program has it.
        text: where it is, as code.
        line: of the file, where it is known.
    """

    value: float
    text: str
    line: int | None
    _owner: Any
    _name: str

    @contextmanager
    def multiplied(self, times: float) -> Iterator[None]:
        """The rate is `times` as high inside the block."""
        self._set(self.value * times)
        try:
            if isinstance(self._owner, dict):
                with line_by_line():  # a compiled step has the number in it
                    yield
            else:
                yield
        finally:
            self._set(self.value)

    def _set(self, value: float) -> None:
        if isinstance(self._owner, dict):
            self._owner[self._name] = value
        else:
            setattr(self._owner, self._name, value)


def rate_of(subject: Subject, optimizer: keras.optimizers.Optimizer) -> Rate | None:
    """The rate; None where it cannot be changed: it follows a schedule, or nobody knows where it is."""
    program = subject.program
    if subject.optimizer is not None or subject.step is None:
        if isinstance(optimizer._learning_rate, keras.optimizers.schedules.LearningRateSchedule):
            return None
        value = float(np.asarray(optimizer.learning_rate))
        return Rate(value, f"{type(optimizer).__name__}(learning_rate={value:g})", None, optimizer, "learning_rate")
    for name, value in program.values.items() if program is not None else ():
        if name.lower() in NAMES and isinstance(value, float):
            line = lines_of_names(program.source.tree).get(name) if program is not None else None
            return Rate(value, f"{name} = {value:g}", line, program.values if program else {}, name)
    return None
