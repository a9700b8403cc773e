"""Variables of TensorFlow and Keras, and operations of traced functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

SHAPE_ONLY = {"Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike"}  # operations that use no value of a tensor


def plain(variable: Any) -> Any:
    """The TensorFlow variable inside a Keras variable; any other value as it is."""
    return getattr(variable, "value", variable) if hasattr(variable, "path") else variable


def handle_id(variable: Any) -> int:
    """An id that a Keras variable, its TensorFlow variable and that variable inside a traced function share."""
    inner = plain(variable)
    return id(getattr(inner, "handle", inner))


def variables_of(traced: Any) -> tuple[tf.Variable, ...]:
    """The variables that a concrete function reads or writes, in the order in which it first does.

    TensorFlow keeps them as a set, whose order changes from process to process; a checkpoint needs the same places.
    """
    places = {id(outside): place for place, (outside, _) in enumerate(traced.graph.captures)}
    return tuple(sorted(traced.graph.variables, key=lambda variable: places[id(variable.handle)]))


def dependents(operations: Iterable[Any], tensor: Any) -> set[str]:
    """The names of the operations, given in the order of creation, whose values depend on `tensor`."""
    found = {tensor.op.name}
    for op in operations:
        if op.type not in SHAPE_ONLY and any(one.op.name in found for one in op.inputs):
            found.add(op.name)
    return found
