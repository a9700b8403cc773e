"""All variables of a program: kept, brought back, shaken."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf


class State:
    """The variables that a check may change, and how to undo it.

    Args:
        variables: `tf.Variable`s or Keras'; each counts once.
    """

    def __init__(self, variables: Iterable[Any]) -> None:
        self.variables: list[tf.Variable] = []
        self._known: set[int] = set()
        self.add(variables)

    def add(self, variables: Iterable[Any]) -> None:
        """Take in more of them, those that are new."""
        for variable in variables:
            plain = getattr(variable, "value", variable) if not isinstance(variable, tf.Variable) else variable
            if isinstance(plain, tf.Variable) and id(plain.handle) not in self._known:
                self._known.add(id(plain.handle))
                self.variables.append(plain)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Every variable is after the block what it was before."""
        values = [(variable, variable.numpy()) for variable in self.variables]
        try:
            yield
        finally:
            for variable, value in values:
                variable.assign(value)


def shake(variables: Sequence[tf.Variable], strength: float, seed: int) -> None:
    """Set weights to random values, as a start that no one chose: matrices ~ strength/√inputs, vectors ~ 0.1 more.

    Probes need predictions that differ from image to image; weights at zero give none.
    """
    generator = np.random.default_rng(seed)
    for variable in variables:
        if not variable.dtype.is_floating:
            continue
        shape = tuple(variable.shape)
        if len(shape) >= 2:
            value = generator.normal(0, strength / np.sqrt(np.prod(shape[:-1])), shape)
        else:
            value = variable.numpy() + generator.normal(0, 0.1, shape)
        variable.assign(value.astype(variable.dtype.as_numpy_dtype))
