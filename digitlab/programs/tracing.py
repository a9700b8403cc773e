"""What a compiled function touches."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def variables_of(traced: Any) -> tuple[tf.Variable, ...]:
    """The variables that a concrete function reads or writes, in the order in which it first does.

    TensorFlow keeps them as a set, whose order changes from process to process; a checkpoint needs the same places.
    """
    places = {id(outside): place for place, (outside, _) in enumerate(traced.graph.captures)}
    return tuple(sorted(traced.graph.variables, key=lambda variable: places[id(variable.handle)]))
