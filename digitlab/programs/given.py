"""A train step given from Python: tried before it trains, by compiling it without running it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from digitlab.errors import UsageError
from digitlab.programs.tracing import variables_of

FORM = "write: def train_step(model, images, labels): …; return loss, predictions"


def variables_of_step(
    train_step: Callable[..., Any], model: keras.Model, image_shape: tuple[int, ...], classes: int
) -> tuple[tf.Variable, ...]:
    """The variables that the step reads or writes besides those of the model; a checkpoint needs them.

    An optimizer of the step's own makes its variables here.

    Raises:
        UsageError: it cannot be called so, or does not give (loss, predictions).
    """

    @tf.function
    def step(images: tf.Tensor, labels: tf.Tensor) -> Any:
        given.append(train_step(model, images, labels))
        return given[-1] if given[-1] is not None else ()

    given: list[Any] = []
    rows = tf.TensorSpec([None, *image_shape], tf.float32), tf.TensorSpec([None, classes], tf.float32)
    try:
        traced = step.get_concrete_function(*rows)
    except Exception as error:  # whatever the step raises
        reason = " ".join(str(error).split())[-300:]
        raise UsageError(
            "the train step fails", found=f"{type(error).__name__}: {reason}", remedy=f"mend it; {FORM}"
        ) from error
    _refuse_other_results(given[-1])
    known = {id(variable.value.handle) for variable in model.variables}
    return tuple(variable for variable in variables_of(traced) if id(variable.handle) not in known)


def _refuse_other_results(result: Any) -> None:
    if isinstance(result, tuple) and len(result) == 2 and result[0].shape.rank == 0:
        return
    found = type(result).__name__
    if isinstance(result, tuple) and len(result) == 2:
        found = f"a loss of shape {result[0].shape}"
    raise UsageError("the train step does not give what is needed", found=found, remedy=FORM)
