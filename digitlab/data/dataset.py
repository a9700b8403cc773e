"""Labelled images, and the three parts that a training needs of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

IMAGE_SIZE = 28


@dataclass(frozen=True)
class Split:
    """One part of a dataset.

    Attributes:
        images: uint8 [N, 28, 28], ink bright on dark.
        labels: int64 [N], class numbers from 0.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: NDArray[np.integer]) -> Split:
        """The images and labels at `indices`, in that order."""
        return Split(self.images[indices], self.labels[indices])


@dataclass(frozen=True)
class Dataset:
    """Labelled images as they come from their source, before the validation part is split off.

    Attributes:
        name: what `--data` was given, or the name of the source that answered.
        train: everything that is not test data.
        test: the test part, or None where the source has none (then `splits` makes one).
        class_names: a name for each class number.
        notes: what was changed while reading (resized, turned to grey, …); said aloud to the user.
    """

    name: str
    train: Split
    test: Split | None
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of every image and label, the same on every machine."""
        digest = hashlib.sha256()
        for part in (self.train, self.test):
            if part is not None:
                digest.update(np.ascontiguousarray(part.images).tobytes())
                digest.update(np.ascontiguousarray(part.labels, dtype="<i8").tobytes())
        return digest.hexdigest()
