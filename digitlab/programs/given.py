"""A train step given from Python: compiled without running it before the training, to find errors early."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from digitlab.errors import UsageError
from digitlab.programs.graphs import handle_id, variables_of

FORM = "write: def train_step(model, images, labels): …; return loss, predictions"


def variables_of_step(
    train_step: Callable[..., Any], model: keras.Model, image_shape: tuple[int, ...], classes: int
) -> tuple[tf.Variable, ...]:
    """The variables that the step reads or writes besides those of the model; a checkpoint needs them.

    An optimizer of the step's own makes its variables here.

    Raises:
        UsageError: it cannot be called with (model, images, labels), or does not return (loss, predictions).
    """

    @tf.function
    def step(images: tf.Tensor, labels: tf.Tensor) -> Any:
        results.append(train_step(model, images, labels))
        return results[-1] if results[-1] is not None else ()

    results: list[Any] = []
    rows = tf.TensorSpec([None, *image_shape], tf.float32), tf.TensorSpec([None, classes], tf.float32)
    try:
        traced = step.get_concrete_function(*rows)
    except Exception as error:  # whatever the step raises
        found = f"{type(error).__name__}: {' '.join(str(error).split())[-300:]}"
        raise UsageError("the train step raises an error", found=found, remedy=f"fix it; {FORM}") from error
    result = results[-1]
    is_pair = isinstance(result, tuple) and len(result) == 2
    if not is_pair or result[0].shape.rank != 0:
        found = f"a loss of shape {result[0].shape}" if is_pair else type(result).__name__
        raise UsageError("the train step returns the wrong values", found=found, remedy=FORM)
    known = {handle_id(variable) for variable in model.variables}
    return tuple(variable for variable in variables_of(traced) if handle_id(variable) not in known)
