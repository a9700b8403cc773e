"""A user's program as a subject: its images matched with the data, its labels in the form that it feeds."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.checker.observe.steps import DEFAULT_RATE
from digitlab.checker.subject import Fed, Subject
from digitlab.data.dataset import Split
from digitlab.images.spec import MNIST
from digitlab.programs.after import later_calls
from digitlab.programs.call import MAX_BATCH
from digitlab.programs.datasets import is_test_image
from digitlab.programs.feed import Feed, fitted, matched, scaled
from digitlab.programs.outputs import gives_logits
from digitlab.programs.program import Program
from digitlab.programs.spec import PIXELS

MIRROR_IMAGES = 100  # that are compared with their mirror images


def subject_of(program: Program, data: Split, classes: int) -> Subject:
    """The subject of a captured program.

    A program that trains nothing is checked with the loss, optimizer and step that `digitlab train` would use.
    """
    loss, optimizer, model_only = program.loss, program.optimizer, program.labels is None
    images = step_images = program.images
    labels, fed = data.labels, None
    form: dict[str, Any] = {"whole_labels": None if loss is not None else False}
    if not model_only:
        rows = np.asarray(program.labels)
        images, step_images, labels, fed = _fed(program, data, classes)
        form = {"whole_labels": rows[0].size == 1, "label_type": rows.dtype, "label_shape": rows.shape[1:]}
    elif loss is None:
        answers = program.call(tf.constant(images[:2]), False)
        if getattr(answers, "shape", None) == (2, classes):
            loss = keras.losses.CategoricalCrossentropy(from_logits=gives_logits(None, answers))
    return Subject(
        model=program.model,
        call=program.call,
        images=images,
        step_images=step_images,
        labels=labels,
        classes=classes,
        loss=loss,
        optimizer=keras.optimizers.SGD(DEFAULT_RATE) if model_only and optimizer is None else optimizer,
        step=program.own_step,
        **form,
        rate_is_ours=model_only and optimizer is None,
        program=program,
        fed=fed,
        later_calls=tuple(later_calls(program, data)),
    )


def _fed(program: Program, data: Split, classes: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.int64], Fed]:
    """Images as the model takes them, as the step does, their class numbers, and how they relate to the data."""
    seen = matched(program.images, program.labels, data)
    feed = fitted(seen, data, classes)
    known = seen.originals >= 0
    in_validation, validated = (0.0, None) if program.images_repeat else _leak(seen.images, program)
    fed = Fed(
        **vars(seen),
        # A copy of MNIST that the program has from elsewhere is not split as our data is.
        from_test=known & is_test_image(len(data))[seen.originals] & program.data_loaded,
        in_validation=in_validation,
        validated=validated,
        mirrored=_mirrored(seen.images[~known], data) * float((~known).mean()),
    )
    if feed.exact:
        images = _as_fed(feed, data)
        reached = images if program.inputs is None else _as_fed(program.inputs_feed(data, classes), data)
        return reached, images, data.labels, fed
    if known.mean() > 0.5:
        return seen.images[known], seen.images[known], seen.true_labels[known], fed
    rows = np.asarray(program.labels).reshape(len(program.labels), -1)  # unrecognisable images: use the labels as fed
    labels = rows.argmax(axis=1) if rows.shape[1] > 1 else rows[:, 0]
    return seen.images, seen.images, labels.astype(np.int64), fed


def _as_fed(feed: Feed, data: Split) -> NDArray[Any]:
    return np.asarray(feed.images(tf.constant(scaled(data, feed.image_shape))))


def _leak(images: NDArray[Any], program: Program) -> tuple[float, float | None]:
    """The share of the training images among the held-out images, exactly equal, and the other way round.

    Held out are the validation data of `fit` and the arrays with "test" or "val" in their names.  All training images
    are known where an array contains those that were fed; the shortest of several counts, since the longest is what
    it was taken from.
    """
    names = [*program.values.items(), *program.local_values.items(), ("val", program.validation)]
    parts = [(any(word in name.lower() for word in ("test", "val")), _rows_like(images, one)) for name, one in names]
    held_out = [{row.tobytes() for row in rows} for held, rows in parts if held and len(rows)]
    fed = {row.tobytes() for row in images}
    share = float(np.mean([any(row in rows for rows in held_out) for row in fed]))
    if not share:
        return 0.0, None
    trained = [{row.tobytes() for row in rows} for held, rows in parts if not held and len(rows) > MAX_BATCH]
    whole = min((rows for rows in trained if fed <= rows), key=len, default=None)
    return share, None if whole is None else max(len(rows & whole) / len(rows) for rows in held_out)


def _mirrored(images: NDArray[Any], data: Split) -> float:
    """The share of the images that are ones of the data once they are mirrored, or turned upside down."""
    if not len(images) or images[0].size != PIXELS:
        return 0.0
    squares = images[:MIRROR_IMAGES].reshape(-1, *MNIST.shape)
    flipped = (squares[:, ::-1], squares[:, :, ::-1], squares[:, ::-1, ::-1])
    return float(np.logical_or.reduce([matched(one, None, data).originals >= 0 for one in flipped]).mean())


def _rows_like(images: NDArray[Any], value: Any) -> NDArray[Any]:
    """`value` in the dtype of `images`, if it holds images of the same shape; else no rows."""
    if not isinstance(value, np.ndarray | tf.Tensor) or tuple(value.shape[1:]) != images.shape[1:]:
        return images[:0]
    return np.asarray(value).astype(images.dtype)
