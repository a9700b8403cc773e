"""How a program feeds its model: the values, shape and labels that it makes of our images and class numbers.

Fitted to batches that were captured, so that ours can be fed in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.data.dataset import Split, spread
from digitlab.programs.matching import best_matches
from digitlab.programs.spec import PIXELS

MAX_IMAGES = 1_000  # that are looked at: enough to see every class, black and white
MAX_BATCHES = 16  # of a pipeline
MIN_CORRELATION = 0.97  # of two pictures that are the same
MIN_MATCHED = 0.5  # of the images, else they are other pictures
MAX_ERROR = 0.01  # of the range of the pixels, between images and scaled originals
ROUNDING = 1e-6


@dataclass(frozen=True)
class Fed:
    """Images that a program feeds, matched with those that it was given."""

    images: NDArray[Any]  # [N, …] as fed
    labels: NDArray[Any] | None  # [N, …] as fed; None: unknown
    true_labels: NDArray[np.int64]  # int64 [N]; -1: unknown
    originals: NDArray[np.int64]  # int64 [N], the index of each among the given images; -1: unknown
    inverted: float  # the share of the images in which black and white are exchanged


@dataclass(frozen=True)
class Feed:
    """What is done to an image and its class number before the program's step gets them."""

    shape: tuple[int, ...]  # of one image as fed
    dtype: np.dtype[Any]  # of its pixels
    scale: float  # fed pixel = scale × byte + offset
    offset: float  # see `scale`
    order: NDArray[np.int64] | None  # int64 [784], which byte each fed pixel is; None: they stay in order
    labels: NDArray[Any]  # [classes, …], the label that is fed for each class
    # our images become the same as the program's; otherwise only the range of the pixels is the same
    exact: bool = True
    right_labels: float = 1.0  # the share of the matched images that are fed with the label of their class

    @property
    def image_shape(self) -> tuple[int, ...]:
        """The shape of one image as `images` takes it."""
        return self.shape if self.order is None else (PIXELS,)

    @property
    def is_scaled(self) -> bool:
        """Whether pixels from 0 to 1 are scaled or shifted further."""
        return abs(self.scale * 255 - 1) >= ROUNDING or self.offset != 0

    @property
    def is_plain(self) -> bool:
        """Whether images are fed as floating-point numbers from 0 to 1, in their order."""
        return not self.is_scaled and self.order is None and self.dtype.kind == "f"

    def images(self, images: tf.Tensor) -> tf.Tensor:
        """Images float32 [batch, …] in [0, 1] as they are fed [batch, *shape]."""
        if self.order is not None:
            images = tf.gather(tf.reshape(images, [-1, PIXELS]), self.order, axis=1)
        if self.is_scaled:
            images = images * tf.constant(self.scale * 255, tf.float32) + tf.constant(self.offset, tf.float32)
        if self.dtype.kind in "ui":
            images = tf.round(images)
        return tf.reshape(tf.cast(images, self.dtype), [-1, *self.shape])

    def targets(self, labels: tf.Tensor) -> tf.Tensor:
        """Labels one-hot [batch, classes] as they are fed."""
        return tf.gather(tf.constant(self.labels), tf.argmax(labels, axis=-1))


def scaled(data: Split, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """The images in [0, 1], each in `shape`."""
    return (data.images.reshape(-1, *shape) / np.float32(255)).astype(np.float32)


def sampled(images: Any, labels: Any) -> tuple[NDArray[Any], NDArray[Any] | None] | None:
    """Evenly spaced images and labels of arrays, or the first ones of a pipeline; None: they are no pictures."""
    if not hasattr(images, "shape"):
        elements = [one for _, one in zip(range(MAX_BATCHES), _batches(images), strict=False)]
        pairs = [one for one in elements if isinstance(one, tuple | list) and len(one) >= 2]
        if not pairs:
            return None
        images, labels = (np.concatenate([np.asarray(pair[part]) for pair in pairs]) for part in (0, 1))
    if not len(images):
        return None
    rows = spread(len(images), MAX_IMAGES)
    pixels, answers = np.asarray(images)[rows], None if labels is None else np.asarray(labels)[rows]
    return (pixels, answers) if pixels.ndim >= 2 and pixels.dtype.kind in "uif" else None


def _batches(pipeline: Any) -> Iterator[Any]:
    """The batches of a `tf.data.Dataset`, of a generator or of a `keras.utils.PyDataset`."""
    if hasattr(pipeline, "__getitem__") and hasattr(pipeline, "__len__"):
        return (pipeline[index] for index in range(len(pipeline)))
    return iter(pipeline) if hasattr(pipeline, "__iter__") else iter(())


def matched(images: NDArray[Any], labels: NDArray[Any] | None, data: Split) -> Fed:
    """Find the images that a program feeds among those that it was given."""
    best, similarity = best_matches(images.reshape(len(images), -1), data.images.reshape(len(data), -1))
    known = np.abs(similarity) > MIN_CORRELATION
    true, originals = np.where(known, data.labels[best], -1), np.where(known, best, -1)
    return Fed(images, labels, true, originals, float((similarity < -MIN_CORRELATION).mean()))


def fitted(fed: Fed, data: Split, classes: int) -> Feed:
    """The feed that turns the given images and their classes into what the program fed.

    Where the program changes its images in other ways (moves them at random, for example), the feed is not `exact`.
    """
    known, order = fed.originals >= 0, None
    if known.mean() <= MIN_MATCHED:  # other pictures, or the same with their pixels in another order
        fed, order = _reordered(fed, data)
        known = fed.originals >= 0
    originals = data.images.reshape(len(data), -1)[fed.originals[known]]
    images = fed.images.reshape(len(fed.images), -1)
    in_order = originals if order is None else originals[:, order]
    line = _line(in_order, images[known]) if known.mean() > MIN_MATCHED else None
    low, high = float(images.min()), float(images.max())
    scale, offset = line if line is not None else ((high - low) / 255, low)
    labels, right = _label_of_each(fed, classes), 1.0
    if fed.labels is not None and known.any():
        same = labels[fed.true_labels[known]] == fed.labels[known]
        right = float(same.reshape(len(same), -1).all(axis=1).mean())
    return Feed(fed.images.shape[1:], images.dtype, scale, offset, order, labels, line is not None, right)


def _line(bytes_: NDArray[np.uint8], pixels: NDArray[Any]) -> tuple[float, float] | None:
    """Scale and offset, if they are the same for every pixel."""
    x, y = bytes_.reshape(-1).astype(np.float64), pixels.reshape(-1).astype(np.float64)
    scale, offset = np.polyfit(x, y, 1)
    if np.abs(scale * x + offset - y).max() > MAX_ERROR * max(np.ptp(y), 1e-9):
        return None
    return float(scale), 0.0 if abs(offset) < ROUNDING * np.ptp(y) else float(offset)


def _reordered(fed: Fed, data: Split) -> tuple[Fed, NDArray[np.int64] | None]:
    """`fed`, matched by the sorted pixels, and the one order of the pixels that explains all images."""
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
    if min(found) < 0 or similarity.min() < MIN_CORRELATION:
        return fed, None
    return Fed(fed.images, fed.labels, data.labels[best], best, fed.inverted), np.asarray(found, np.int64)


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
