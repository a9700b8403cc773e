"""From a file to its model, called once: on few images first, with the first shape that it takes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from digitlab.data.dataset import Split
from digitlab.errors import ModelFileError
from digitlab.models.userfile.feed import Feed, find_feed
from digitlab.models.userfile.find import Found, find_model
from digitlab.models.userfile.running import Namespace, run_source
from digitlab.programs.datasets import ALL, FEW
from digitlab.programs.source import SourceFile, said
from digitlab.programs.stage import undisturbed

SHAPES = ((784,), (28, 28), (28, 28, 1))


def run_on_few(source: SourceFile, data: Split) -> tuple[Namespace, Feed | None]:
    """Run the file on few images; on as many as MNIST has if it turns out to count on them."""
    try:
        namespace = run_source(source, data, FEW)
        feed = find_feed(namespace)
        if feed is None or not feed.empty:
            return namespace, feed
    except ModelFileError:
        pass
    namespace = run_source(source, data, ALL)
    return namespace, find_feed(namespace)


def build(
    namespace: Namespace, feed: Feed | None, name: str | None, data: Split, classes: int
) -> tuple[Found, keras.Model, tuple[int, ...], tf.Tensor, Namespace]:
    """Call the model once, with the first shape that it takes.

    A model that failed on one shape may be half built: each further shape gets a new one.
    """
    found = find_model(namespace, name)
    failures: list[Exception] = []
    shapes: tuple[tuple[int, ...], ...] = ()
    while True:
        model = found.make()
        shapes = shapes or _shapes_to_try(namespace, found, model, feed)
        shape = shapes[len(failures)]
        try:
            with undisturbed(namespace.source):
                output = model(np.zeros((1, *shape), np.float32))
        except Exception as error:
            failures.append(error)
        else:
            _refuse_wrong_output(namespace, found, output, classes)
            return found, model, shape, output, namespace
        if len(failures) == len(shapes):
            raise _takes_no_shape(namespace, found, failures, shapes)
        namespace = run_source(namespace.source, data, FEW)
        found = find_model(namespace, name)


def _shapes_to_try(
    namespace: Namespace, found: Found, model: keras.Model, feed: Feed | None
) -> tuple[tuple[int, ...], ...]:
    declared = _declared_shape(model)
    if declared is not None and declared not in SHAPES:
        raise namespace.source.error(
            found.line,
            "the model takes inputs that are no 28×28 images",
            found=f"declared input {declared}",
            remedy="declare one of (784,), (28, 28) and (28, 28, 1)",
        )
    if declared is not None:
        return (declared,)
    return tuple(sorted(SHAPES, key=lambda shape: feed is None or shape != feed.shape))


def _declared_shape(model: keras.Model) -> tuple[Any, ...] | None:
    inputs = getattr(model, "inputs", None)
    if not inputs:
        return None
    return tuple(inputs[0].shape[1:]) if len(inputs) == 1 else tuple(tuple(one.shape[1:]) for one in inputs)


def _takes_no_shape(
    namespace: Namespace, found: Found, failures: list[Exception], shapes: tuple[tuple[int, ...], ...]
) -> ModelFileError:
    told = namespace.error_of(failures[0], "the model is called")
    tried = " nor ".join(str([1, *shape]) for shape in shapes)
    line = namespace.source.line_of(failures[0]) or found.line
    if len(shapes) == 1:
        problem = f"the model cannot be called on images {tried}"
    else:
        problem = f"the model can be called neither on images {tried}"
    return namespace.source.error(
        line, problem, found=f"{said(failures[0])} (of {[1, *shapes[0]]})", remedy=told.remedy
    )


def _refuse_wrong_output(namespace: Namespace, found: Found, output: Any, classes: int) -> None:
    shape = getattr(output, "shape", None)
    if shape is not None and tuple(shape) == (1, classes):
        return
    given = type(output).__name__ if shape is None else str(["batch", *shape[1:]]).replace("'", "")
    raise namespace.source.error(
        found.line,
        "the output of the model has the wrong shape",
        found=f"{given} where [batch, {classes}] is needed",
        remedy=f"end with a Dense layer of {classes} units, one for each class, and return only its result",
    )
