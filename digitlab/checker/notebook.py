"""`digitlab.check(model, …)`: checks a model in memory, as in a notebook."""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digitlab.base.findings import Finding, as_text
from digitlab.data.dataset import Dataset, Split, spread
from digitlab.data.sources import load
from digitlab.errors import DataError, UsageError
from digitlab.programs.spec import PIXELS, SHAPES

if TYPE_CHECKING:
    from digitlab.checker.subject import Subject

MAX_SECONDS = 120.0
MAX_IMAGES = 2_000


class Findings(tuple[Finding, ...]):
    """The findings, the one to fix first at the head; prints as text, in a notebook too."""

    def __str__(self) -> str:
        from digitlab.checker.rules import MODEL_CHECKS

        return as_text(self, MODEL_CHECKS, width=100)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def check(
    model: Any,
    data: Dataset | Split | tuple[Any, Any] | str | None = None,
    *,
    loss: Any = None,
    optimizer: Any = None,
    train_step: Callable[..., Any] | None = None,
) -> Findings:
    """Look for common mistakes by what the model does; its weights are left as they were.

    Args:
        model: a `keras.Model`, or a function of images.
        data: (images, labels) as you train with them; or a dataset, whose images are scaled to [0, 1]; None: MNIST.
        loss: (labels, predictions) → number; None: that of `compile`.
        optimizer: of Keras; None: that of `compile`.
        train_step: your own (images, labels) or (model, images, labels), which trains.

    Raises:
        UsageError: the model cannot be called on the images, or two minutes were not enough (main thread only).
        DataError: images and labels do not fit together.
    """
    from digitlab.training.start import start_tensorflow

    start_tensorflow()
    from digitlab.checker.examine import examine
    from digitlab.programs.stage import time_limit

    late = UsageError(
        "the check was stopped",
        found=f"it was not finished after {MAX_SECONDS:g} seconds",
        remedy="look for an endless loop; or put the model into a file: digitlab check FILE.py",
    )
    with time_limit(MAX_SECONDS, late):
        return Findings(examine(_subject(model, data, loss, optimizer, train_step)))


def _subject(model: Any, data: Any, loss: Any, optimizer: Any, train_step: Callable[..., Any] | None) -> Subject:
    import keras

    from digitlab.checker.subject import Subject

    compiled = isinstance(model, keras.Model) and getattr(model, "compiled", False)
    given = loss if loss is not None else model.loss if compiled else None
    images, labels, fed, classes = _arrays(data)
    call = _call_of(model)
    images = _shaped(call, images)
    return Subject(
        model=model,
        call=call,
        images=images,
        step_images=images,
        labels=labels,
        classes=classes,
        loss=keras.losses.get(given) if isinstance(given, str) else given,
        optimizer=optimizer if optimizer is not None else model.optimizer if compiled else None,
        step=None if train_step is None else _step_of(train_step, model),
        whole_labels=None if fed is None else fed.ndim == 1 or fed.shape[1] == 1,
        label_type=None if fed is None else fed.dtype,
        label_shape=None if fed is None else fed.shape[1:],
    )


def _arrays(data: Any) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[Any] | None, int]:
    """Images, class numbers, labels as they are fed (None: unknown), and the number of classes."""
    if isinstance(data, tuple):
        return _given(*data)
    dataset = data if isinstance(data, Dataset | Split) else load(data)
    split = dataset if isinstance(dataset, Split) else dataset.train
    classes = len(dataset.class_names) if isinstance(dataset, Dataset) else int(split.labels.max()) + 1
    part = split.spread(MAX_IMAGES)
    return part.images.astype(np.float32) / np.float32(255), part.labels, None, classes


def _given(images: Any, labels: Any) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[Any] | None, int]:
    pixels, answers = np.asarray(images), np.asarray(labels)
    if len(pixels) != len(answers) or pixels.ndim < 2 or not 1 <= answers.ndim <= 2 or not len(pixels):
        raise DataError(
            "images and labels do not fit together",
            found=f"images {list(pixels.shape)}, labels {list(answers.shape)}",
            remedy="give (images, labels) with as many rows each; labels as class numbers or one-hot",
        )
    rows = spread(len(pixels), MAX_IMAGES)
    pixels, answers = pixels[rows], answers[rows]
    one_hot = answers.ndim == 2 and answers.shape[1] > 1
    numbers = answers.argmax(axis=1) if one_hot else answers.reshape(-1).astype(np.int64)
    return pixels, numbers, answers, answers.shape[1] if one_hot else int(numbers.max()) + 1


def _call_of(model: Any) -> Callable[[Any, bool], Any]:
    import keras

    if isinstance(model, keras.Model) or "training" in _parameters(model):
        return lambda images, training: model(images, training=training)
    return lambda images, _: model(images)


def _parameters(function: Any) -> list[str]:
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


def _shaped(call: Callable[[Any, bool], Any], images: NDArray[Any]) -> NDArray[Any]:
    """The images in the first shape that the model can be called on (raises UsageError: in none)."""
    failure: Exception | None = None
    shapes = [images.shape[1:], *SHAPES] if images[0].size == PIXELS else [images.shape[1:]]
    for shape in shapes:
        shaped = images.reshape(len(images), *shape)
        try:
            call(np.asarray(shaped[:2]), False)
        except Exception as error:
            failure = failure or error
        else:
            return shaped
    reason = " ".join(str(failure).split())[-300:]
    raise UsageError(
        "the model cannot be called on the images",
        found=f"{type(failure).__name__}: {reason} (images {list(images.shape)})",
        remedy="give data=(images, labels) in the form in which you train",
    )


def _step_of(train_step: Callable[..., Any], model: Any) -> Callable[[Any, Any], Any]:
    if len(_parameters(getattr(train_step, "python_function", train_step))) >= 3:
        return lambda images, labels: train_step(model, images, labels)
    return train_step
