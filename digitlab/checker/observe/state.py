"""All variables of a program: saved, restored, set to random values."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf

from digitlab.programs.graphs import handle_id, plain


class State:
    """The variables that a check may change, those of TensorFlow and Keras; each counts once."""

    def __init__(self, variables: Iterable[Any]) -> None:
        self._variables: dict[int, tf.Variable] = {}
        self.add(variables)

    def add(self, variables: Iterable[Any]) -> None:
        """Include more variables."""
        for variable in variables:
            inner = plain(variable)
            if isinstance(inner, tf.Variable):
                self._variables.setdefault(handle_id(inner), inner)

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Restore every variable after the block."""
        values = [(variable, variable.numpy()) for variable in self._variables.values()]
        try:
            yield
        finally:
            for variable, value in values:
                variable.assign(value)


def randomize(variables: Sequence[tf.Variable], scale: float, seed: int) -> None:
    """Set weights to random values: matrices to N(0, scale²/inputs), and N(0, 0.1²) added to vectors.

    Probes need predictions that differ from image to image; weights at zero give none.
    """
    generator = np.random.default_rng(seed)
    for variable in variables:
        if not variable.dtype.is_floating:
            continue
        shape = tuple(variable.shape)
        if len(shape) >= 2:
            value = generator.normal(0, scale / np.sqrt(np.prod(shape[:-1])), shape)
        else:
            value = variable.numpy() + generator.normal(0, 0.1, shape)
        variable.assign(value.astype(variable.dtype.as_numpy_dtype))
