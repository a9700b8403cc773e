"""The user's loss in one form: one-hot labels and predictions in, a scalar out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from digitlab.models.userfile.running import Namespace

# (labels float32 [batch, classes] one-hot, predictions [batch, classes]) → a scalar
Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def one_hot(labels: tf.Tensor) -> tf.Tensor:
    """Labels as they are."""
    return labels


def whole_numbers(labels: tf.Tensor) -> tf.Tensor:
    """Class numbers int64 [batch] of one-hot labels [batch, classes]."""
    return tf.argmax(labels, axis=-1)


LabelForm = Callable[[tf.Tensor], tf.Tensor]


def label_forms(first_whole: bool | None) -> tuple[LabelForm, LabelForm]:
    """Both forms of labels, in the order in which to try them."""
    return (whole_numbers, one_hot) if first_whole else (one_hot, whole_numbers)


def wants_whole_numbers(loss: Any) -> bool:
    """Whether the name of a loss says that it takes class numbers."""
    return "sparse" in f"{type(loss).__name__} {getattr(loss, '__name__', '')}".lower()


def normalised_loss(loss: Any, classes: int, whole_labels: bool | None, namespace: Namespace) -> Loss:
    """`loss`, whatever labels it takes and whether it gives a number an image or one for all.

    Raises:
        ModelFileError: it takes neither one-hot labels nor class numbers.
    """
    for form in label_forms(wants_whole_numbers(loss) or whole_labels):

        def scalar(labels: tf.Tensor, predictions: tf.Tensor, form: LabelForm = form) -> tf.Tensor:
            return tf.reduce_mean(tf.cast(loss(form(labels), predictions), tf.float32))

        rows = tf.TensorSpec([None, classes], tf.float32)
        try:
            tf.function(scalar).get_concrete_function(rows, rows)
        except Exception as error:
            failure = error
        else:
            return scalar
    name = getattr(loss, "__name__", None) or type(loss).__name__
    raise namespace.error_of(failure, f"the loss {name} compares labels with predictions")


def takes_logits(loss: Any) -> bool | None:
    """What the loss says of the predictions: logits or probabilities; None: nothing."""
    if not isinstance(loss, keras.losses.Loss):
        return None
    said = loss.get_config().get("from_logits")
    return None if said is None else bool(said)
