"""What a script feeds its model: the shape of an image, the values of black and white, the form of the labels.

Read from the call of `fit`, or from the loop over batches that calls the train step, both of which are left out.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.models.userfile.running import Namespace
from digitlab.programs.stage import undisturbed

ENOUGH = 1_000  # images, to see both black and white
BATCHES = 16  # of a pipeline, at most


@dataclass(frozen=True)
class Feed:
    """What one batch looks like.

    Attributes:
        shape: of one image.
        black: the value of a pixel without ink.
        white: the value of a pixel full of ink.  Both are not-a-number where the file's data ran out.
        whole_labels: labels are class numbers [batch], not one-hot [batch, classes]; None: unknown.
        images: the first of them, as they are fed.
        labels: theirs; None where there are none.
    """

    shape: tuple[int, ...]
    black: float
    white: float
    whole_labels: bool | None
    images: NDArray[Any]
    labels: NDArray[Any] | None

    @property
    def empty(self) -> bool:
        """Whether there was no image to look at."""
        return math.isnan(self.black)


def find_feed(namespace: Namespace) -> Feed | None:
    """What the file feeds its model, or None where that cannot be told for sure."""
    with undisturbed(namespace.source):
        for images, labels in _batches(namespace):
            feed = _looked_at(images, labels)
            if feed is not None:
                return feed
    return None


def _batches(namespace: Namespace) -> Iterator[tuple[Any, Any]]:
    for one in namespace.left_out:
        for node in ast.walk(one.statement):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "fit":
                yield from _of_fit(node, namespace)
            elif isinstance(node, ast.For):
                yield from _of_loop(node, namespace)


def _of_fit(call: ast.Call, namespace: Namespace) -> Iterator[tuple[Any, Any]]:
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    given = [*call.args[:2], *[named[name] for name in ("x", "y")[len(call.args) :] if name in named]]
    values = [_evaluated(expression, namespace) for expression in given]
    if values and isinstance(values[0], tf.data.Dataset):
        yield from _of_dataset(values[0])
    elif values and hasattr(values[0], "shape"):
        yield values[0], values[1] if len(values) > 1 else None


def _of_loop(loop: ast.For, namespace: Namespace) -> Iterator[tuple[Any, Any]]:
    """The batches of «for images, labels in data: train_step(images, labels)», if nothing is done to them there."""
    targets = [ast.unparse(name) for name in ast.walk(loop.target) if isinstance(name, ast.Name)]
    handed_on = any(
        [ast.unparse(argument) for argument in call.args][-2:] == targets[-2:]
        and namespace.script.trains(ast.unparse(call.func))
        for call in ast.walk(loop)
        if isinstance(call, ast.Call)
    )
    rebound = {
        node.id
        for line in loop.body
        for node in ast.walk(line)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    if not handed_on or rebound & set(targets):
        return
    for node in ast.walk(loop.iter):
        if isinstance(node, ast.Name) and isinstance(namespace.values.get(node.id), tf.data.Dataset):
            yield from _of_dataset(namespace.values[node.id])


def _of_dataset(dataset: tf.data.Dataset) -> Iterator[tuple[Any, Any]]:
    elements = list(dataset.take(BATCHES).as_numpy_iterator())
    if not elements:
        yield np.empty((0, 0), np.float32), None
    elif isinstance(elements[0], tuple) and len(elements[0]) >= 2:
        yield np.concatenate([one[0] for one in elements]), np.concatenate([one[1] for one in elements])


def _evaluated(expression: ast.expr, namespace: Namespace) -> Any:
    try:
        return eval(compile(ast.Expression(expression), str(namespace.source.path), "eval"), namespace.values)
    except Exception:  # it needs what was left out: then nothing is known
        return None


def looked_at(images: Any, labels: Any) -> Feed | None:
    """What a batch, arrays or a pipeline of batches look like; None: they are no pictures.

    Of arrays that are longer than needed the rows are taken evenly, since some are sorted.
    """
    if isinstance(images, tf.data.Dataset):
        return next((_looked_at(*pair) for pair in _of_dataset(images)), None)
    return _looked_at(images, labels)


def _looked_at(images: Any, labels: Any) -> Feed | None:
    if not hasattr(images, "shape"):
        return None
    rows = np.linspace(0, len(images) - 1, min(len(images), ENOUGH)).astype(np.int64)
    pixels, answers = np.asarray(images)[rows], None if labels is None else np.asarray(labels)[rows]
    if pixels.ndim < 2 or pixels.dtype.kind not in "uif":
        return None
    shape = tuple(pixels.shape[1:])
    if not len(pixels):
        return Feed(shape, math.nan, math.nan, None, pixels, None)
    whole = None if answers is None else answers[:1].squeeze(axis=0).squeeze().ndim == 0
    return Feed(shape, float(pixels.min()), float(pixels.max()), whole, pixels, answers)
