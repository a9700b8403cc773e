"""A person's program as a subject: its images recognised, its labels in the form that it feeds."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.checker.subject import Fed, Subject
from digitlab.data.dataset import Split
from digitlab.programs.datasets import is_served_as_test
from digitlab.programs.feed import Feed, fitted, recognised
from digitlab.programs.program import Program
from digitlab.programs.trained import gives_logits

LAB_RATE = 0.01


def subject_of(program: Program, data: Split, classes: int) -> Subject:
    """What the program is, seen from its data.

    Args:
        program: as it was captured.
        data: the images that it was given.
        classes: how many there are.
    """
    if program.labels is None:
        return _of_model_only(program, data, classes)
    seen = recognised(program.images, program.labels, data)
    feed = fitted(seen, data, classes)
    known = seen.originals >= 0
    fed = Fed(
        images=seen.images,
        labels=seen.labels,
        true_labels=seen.true_labels,
        originals=seen.originals,
        # A copy of MNIST that the program has from elsewhere knows nothing of our parts.
        from_test=known & is_served_as_test(len(data))[seen.originals] & program.data_served,
        inverted=seen.inverted,
        in_validation=0.0 if program.images_repeat else _in_validation(seen.images, program),
    )
    if feed.exact:
        step_images, labels = _as_fed(feed, data), data.labels
        images = step_images if program.inputs is None else _as_fed(program.inputs_feed(data, classes), data)
    elif known.mean() > 0.5:
        images = step_images = seen.images[known]
        labels = seen.true_labels[known]
    else:  # changed beyond recognition: its own labels count
        images = step_images = seen.images
        labels = _numbers(program.labels)
    rows = np.asarray(program.labels)
    return Subject(
        model=program.model,
        call=program.call,
        images=images,
        step_images=step_images,
        labels=labels,
        classes=classes,
        loss=program.loss,
        optimizer=program.optimizer,
        step=program.own_step,
        whole_labels=int(np.prod(rows.shape[1:], dtype=np.int64)) == 1,
        label_type=rows.dtype,
        label_shape=rows.shape[1:],
        program=program,
        fed=fed,
    )


def _of_model_only(program: Program, data: Split, classes: int) -> Subject:
    """A file that trains nothing: with the loss, optimizer and step that `digitlab train` would use."""
    loss, optimizer = program.loss, program.optimizer
    rows = program.call(tf.constant(program.images[:2]), False)
    if loss is None and getattr(rows, "shape", None) == (2, classes):
        loss = keras.losses.CategoricalCrossentropy(from_logits=gives_logits(None, rows))
    return Subject(
        model=program.model,
        call=program.call,
        images=program.images,
        step_images=program.images,
        labels=data.labels,
        classes=classes,
        loss=loss,
        optimizer=optimizer if optimizer is not None else keras.optimizers.SGD(LAB_RATE),
        step=program.own_step,
        whole_labels=None if program.loss is not None else False,
        program=program,
        rate_is_ours=optimizer is None,
    )


def _as_fed(feed: Feed, data: Split) -> NDArray[Any]:
    images = data.images.reshape(-1, *feed.image_shape) / np.float32(255)
    return np.asarray(feed.images(tf.constant(images.astype(np.float32))))


def _numbers(labels: NDArray[Any]) -> NDArray[np.int64]:
    rows = np.asarray(labels).reshape(len(labels), -1)
    return (rows.argmax(axis=1) if rows.shape[1] > 1 else rows[:, 0]).astype(np.int64)


def _in_validation(images: NDArray[Any], program: Program) -> float:
    """Which share of the training images is among those to validate or test on, exactly.

    Those are what `fit` is given for it, and the arrays that are called so.
    """
    names = [*program.values.items(), *program.local_values.items()]
    named = [value for name, value in names if "test" in name.lower() or "val" in name.lower()]
    known = {row.tobytes() for value in [program.validation, *named] for row in _rows_like(images, value)}
    return float(np.mean([row.tobytes() in known for row in images]))


def _rows_like(images: NDArray[Any], value: Any) -> NDArray[Any]:
    """`value` in the type of `images`, if it holds images of the same shape; else nothing."""
    if not isinstance(value, np.ndarray | tf.Tensor) or tuple(value.shape[1:]) != images.shape[1:]:
        return images[:0]
    return np.asarray(value).astype(images.dtype)
