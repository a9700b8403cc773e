"""How a program feeds its model: the values, shape and labels that it makes of our images and class numbers.

Fitted to the batches that were seen, so that ours can be fed in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.data.dataset import Split
from digitlab.programs.call import PIXELS
from digitlab.programs.matching import best_matches

ENOUGH = 1_000  # images, to see every class, black and white
BATCHES = 16  # of a pipeline, at most
ALIKE = 0.97  # the correlation from which on two pictures are the same
OFF = 0.01  # of the range of the pixels: how far images may be from the scaled originals
TINY = 1e-6


@dataclass(frozen=True)
class Fed:
    """Images that a program feeds, recognised among those that it was given.

    Attributes:
        images: [N, …] as fed.
        labels: [N, …] as fed; None: unknown.
        true_labels: int64 [N]; -1: unknown.
        originals: int64 [N], the index of each among the given images; -1: unknown.
        inverted: the share of the images in which black and white are exchanged.
    """

    images: NDArray[Any]
    labels: NDArray[Any] | None
    true_labels: NDArray[np.int64]
    originals: NDArray[np.int64]
    inverted: float


@dataclass(frozen=True)
class Feed:
    """What is done to an image and its class before the program's step gets them.

    Attributes:
        shape: of one image as fed.
        kind: NumPy's type of its pixels.
        scale: fed pixel = scale × byte + offset.
        offset: see there.
        order: int64 [784], which byte each fed pixel is; None: they stay in order.
        labels: [classes, …], the label that is fed for each class.
        exact: whether our images become the same as the program's; else only the range of the pixels is the same.
        agree: the share of the known images that are fed with the label of their class.
    """

    shape: tuple[int, ...]
    kind: np.dtype[Any]
    scale: float
    offset: float
    order: NDArray[np.int64] | None
    labels: NDArray[Any]
    exact: bool = True
    agree: float = 1.0

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Of one image as `images` takes it."""
        return self.shape if self.order is None else (PIXELS,)

    @property
    def is_plain(self) -> bool:
        """Whether images are fed as floating-point numbers from 0 to 1, in their order."""
        zero_to_one = abs(self.scale * 255 - 1) < TINY and self.offset == 0
        return zero_to_one and self.order is None and self.kind.kind == "f"

    def images(self, images: tf.Tensor) -> tf.Tensor:
        """Images float32 [batch, …] in [0, 1] as they are fed [batch, *shape]."""
        if self.order is not None:
            images = tf.gather(tf.reshape(images, [-1, PIXELS]), self.order, axis=1)
        if abs(self.scale * 255 - 1) >= TINY or self.offset:
            images = images * tf.constant(self.scale * 255, tf.float32) + tf.constant(self.offset, tf.float32)
        if self.kind.kind in "ui":
            images = tf.round(images)
        return tf.reshape(tf.cast(images, self.kind), [-1, *self.shape])

    def targets(self, labels: tf.Tensor) -> tf.Tensor:
        """Labels one-hot [batch, classes] as they are fed."""
        return tf.gather(tf.constant(self.labels), tf.argmax(labels, axis=-1))


def looked_at(images: Any, labels: Any) -> tuple[NDArray[Any], NDArray[Any] | None] | None:
    """At most 1,000 images and labels of a batch, of arrays or of a pipeline; None: they are no pictures.

    Of longer arrays the rows are taken evenly, since some are sorted.
    """
    if hasattr(images, "shape"):
        return _rows(images, labels)
    elements = [one for _, one in zip(range(BATCHES), _batches(images), strict=False) if isinstance(one, tuple | list)]
    pairs = [(np.asarray(one[0]), np.asarray(one[1])) for one in elements if len(one) >= 2]
    return _rows(*(np.concatenate(parts) for parts in zip(*pairs, strict=True))) if pairs else None


def _batches(pipeline: Any) -> Iterator[Any]:
    """The batches of a `tf.data.Dataset`, of a generator or of a `keras.utils.PyDataset`."""
    if hasattr(pipeline, "__getitem__") and hasattr(pipeline, "__len__"):
        return (pipeline[index] for index in range(len(pipeline)))
    return iter(pipeline) if hasattr(pipeline, "__iter__") else iter(())


def _rows(images: Any, labels: Any) -> tuple[NDArray[Any], NDArray[Any] | None] | None:
    if not len(images):
        return None
    rows = np.linspace(0, len(images) - 1, min(len(images), ENOUGH)).astype(np.int64)
    pixels, answers = np.asarray(images)[rows], None if labels is None else np.asarray(labels)[rows]
    return (pixels, answers) if pixels.ndim >= 2 and pixels.dtype.kind in "uif" else None


def recognised(images: NDArray[Any], labels: NDArray[Any] | None, data: Split) -> Fed:
    """Find the images that a program feeds among those that it was given."""
    best, similarity = best_matches(images.reshape(len(images), -1), data.images.reshape(len(data), -1))
    known = np.abs(similarity) > ALIKE
    true, originals = np.where(known, data.labels[best], -1), np.where(known, best, -1)
    return Fed(images, labels, true, originals, float((similarity < -ALIKE).mean()))


def fitted(fed: Fed, data: Split, classes: int) -> Feed:
    """The feed that turns the given images and their classes into what the program fed.

    Where the program changes its images in other ways (moves them at random, say), the feed is not `exact`.
    """
    known, order = fed.originals >= 0, None
    if known.mean() <= 0.5:  # other pictures, or the same with their pixels in another order
        fed, order = _reordered(fed, data)
        known = fed.originals >= 0
    originals = data.images.reshape(len(data), -1)[fed.originals[known]]
    images = fed.images.reshape(len(fed.images), -1)
    line = _line(originals if order is None else originals[:, order], images[known]) if known.mean() > 0.5 else None
    low, high = float(images.min()), float(images.max())
    scale, offset = line if line is not None else ((high - low) / 255, low)
    labels = _label_of_each(fed, classes)
    agree = 1.0 if fed.labels is None else _agree(labels[fed.true_labels[known]], fed.labels[known])
    return Feed(fed.images.shape[1:], images.dtype, scale, offset, order, labels, line is not None, agree)


def _agree(wanted: NDArray[Any], given: NDArray[Any]) -> float:
    return float((wanted == given).reshape(len(given), -1).all(axis=1).mean()) if len(given) else 1.0


def _line(bytes_: NDArray[np.uint8], pixels: NDArray[Any]) -> tuple[float, float] | None:
    """Scale and offset, if they are the same for every pixel."""
    x, y = bytes_.reshape(-1).astype(np.float64), pixels.reshape(-1).astype(np.float64)
    scale, offset = np.polyfit(x, y, 1)
    if np.abs(scale * x + offset - y).max() > OFF * max(np.ptp(y), 1e-9):
        return None
    return float(scale), 0.0 if abs(offset) < TINY * np.ptp(y) else float(offset)  # what rounding leaves of zero


def _reordered(fed: Fed, data: Split) -> tuple[Fed, NDArray[np.int64] | None]:
    """`fed`, recognised by the sorted pixels, and the one order of the pixels that explains all images."""
    rows, known = fed.images.reshape(len(fed.images), -1), data.images.reshape(len(data), -1)
    if rows.shape[1] != PIXELS:
        return fed, None
    best, similarity = best_matches(np.sort(rows, axis=1), np.sort(known, axis=1))
    scale, offset = np.polyfit(np.sort(known[best], axis=1).reshape(-1), np.sort(rows, axis=1).reshape(-1), 1)
    bytes_ = np.clip(np.rint((rows - offset) / (scale or 1.0)), 0, 255).astype(np.uint8)
    places: dict[bytes, list[int]] = {}
    for place, column in enumerate(known[best].T):
        places.setdefault(column.tobytes(), []).append(place)
    found = [places[column.tobytes()].pop(0) if places.get(column.tobytes()) else -1 for column in bytes_.T]
    if min(found) < 0 or similarity.min() < ALIKE:
        return fed, None
    labels = data.labels[best]
    return Fed(fed.images, fed.labels, labels, best, fed.inverted), np.asarray(found, np.int64)


def _label_of_each(fed: Fed, classes: int) -> NDArray[Any]:
    """The label that most images of each class are fed with; where unknown, the class number or one-hot."""
    labels = np.zeros((0,), np.int64) if fed.labels is None else fed.labels
    numbers = labels.ndim == 1 or labels.shape[1] == 1
    usual = np.arange(classes) if numbers else np.eye(classes, labels.shape[1])
    table = usual.reshape(classes, *labels.shape[1:]).astype(labels.dtype)
    for number in range(classes):
        rows = labels[fed.true_labels[: len(labels)] == number]
        if len(rows):
            different, counts = np.unique(rows, axis=0, return_counts=True)
            table[number] = different[counts.argmax()]
    return table
