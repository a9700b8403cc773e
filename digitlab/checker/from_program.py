"""A user's file as a subject: its images recognised, its labels in the form that it feeds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.checker.matching import best_matches
from digitlab.checker.subject import Fed, Subject
from digitlab.data.dataset import Split
from digitlab.models.userfile.program import Program
from digitlab.programs.datasets import is_served_as_test
from digitlab.programs.stage import variables_kept

ALIKE = 0.97  # the correlation from which on two pictures are the same
MOST = 1_000  # images that are looked at
TINY = 1e-6
OFF = 0.01  # of the range of the pixels: how far images may be from the scaled originals


def subject_of(program: Program, data: Split, classes: int) -> Subject:
    """What the program is, seen from its data.

    Args:
        program: the loaded file.
        data: the images that it was given.
        classes: how many there are.
    """
    fed = _recognised(program, data) if program.labels is not None else None
    images, labels = _with_labels(program, data, fed)
    rows = None if program.labels is None else np.asarray(program.labels)
    shape = None if rows is None else rows.shape[1:]
    subject = Subject(
        model=program.model,
        call=program.call,
        images=images,
        step_images=images,
        labels=labels,
        classes=classes,
        loss=program.loss,
        optimizer=program.optimizer,
        step=program.step,
        whole_labels=None if shape is None else int(np.prod(shape, dtype=np.int64)) == 1,
        label_type=None if rows is None else rows.dtype,
        label_shape=shape,
        program=program,
        fed=fed,
    )
    return _as_model_takes(subject) if program.step_takes_arrays else subject


def _recognised(program: Program, data: Split) -> Fed:
    """Which of the images that were given to the program it feeds."""
    images = np.asarray(program.images[:MOST])
    best, similarity = best_matches(images.reshape(len(images), -1), data.images.reshape(len(data), -1))
    known = np.abs(similarity) > ALIKE
    return Fed(
        images=images,
        labels=np.asarray(program.labels)[:MOST],
        true_labels=np.where(known, data.labels[best], -1),
        originals=np.where(known, best, -1),
        # A copy of MNIST that the program has from elsewhere knows nothing of our parts.
        from_test=known & is_served_as_test(len(data))[best] & program.data_served,
        inverted=float((similarity < -ALIKE).mean()),
        in_validation=0.0 if program.images_repeat else _in_validation(images, program),
    )


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


def _with_labels(program: Program, data: Split, fed: Fed | None) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Images whose true labels are known.

    Where the program only scales what it was given, all of that, scaled likewise; where it changes its images beyond
    recognition, its own labels count.
    """
    if fed is None:
        return np.asarray(program.images), data.labels
    known = fed.true_labels >= 0
    if known.mean() <= 0.5:
        rows = np.asarray(fed.labels).reshape(len(fed.images), -1)
        return fed.images, (rows.argmax(axis=1) if rows.shape[1] > 1 else rows[:, 0]).astype(np.int64)
    scaled = _all_scaled(fed.images[known], data.images[fed.originals[known]], data.images)
    if scaled is not None:
        return scaled, data.labels
    return fed.images[known], fed.true_labels[known]


def _all_scaled(images: NDArray[Any], originals: NDArray[np.uint8], every: NDArray[np.uint8]) -> NDArray[Any] | None:
    """`every` as `images` were made of `originals`, if that is the same scale and offset for every pixel."""
    x, y = originals.reshape(-1).astype(np.float64), images.reshape(-1).astype(np.float64)
    slope, offset = np.polyfit(x, y, 1)
    if np.abs(slope * x + offset - y).max() > OFF * max(np.ptp(y), 1e-9):
        return None
    offset = 0.0 if abs(offset) < TINY * np.ptp(y) else offset  # what rounding leaves of zero
    scaled = slope * every.astype(np.float64) + offset
    kind = images.dtype
    rows = np.rint(scaled) if kind.kind in "ui" else scaled
    return np.asarray(rows.astype(kind).reshape(len(every), *images.shape[1:]))


def _as_model_takes(subject: Subject) -> Subject:
    """For a step that takes its batch out of whole arrays: the images in the form in which they reach the model."""
    program = subject.program
    assert program is not None
    assert subject.step is not None
    recorder = subject.recorder()
    images, labels = subject.step_batch(0, MOST)
    try:
        with variables_kept(), recorder.installed():
            subject.step(images, subject.as_fed(labels, bool(subject.whole_labels)))
        given = recorder.record.inputs
    except Exception:  # what the step raises is told when it is looked at
        return subject
    return (
        subject
        if given is None
        else replace(subject, images=_like(np.asarray(given), subject.step_images), chooses_batch=True)
    )


def _like(given: NDArray[Any], images: NDArray[Any]) -> NDArray[Any]:
    """`images` in the shape of `given`, scaled so that black and white are as there."""
    low, high = float(images.min()), float(images.max())
    scaled = (images.astype(np.float32) - low) / max(high - low, 1e-9) * (given.max() - given.min()) + given.min()
    return np.asarray(scaled.reshape(len(images), *given.shape[1:]).astype(given.dtype))
