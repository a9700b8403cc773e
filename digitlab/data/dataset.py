"""Labelled images, and the three parts that a training needs of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import DataError

IMAGE_SIZE = 28


@dataclass(frozen=True)
class Split:
    """One part of a dataset.

    Attributes:
        images: uint8 [N, 28, 28], ink bright on dark.
        labels: int64 [N], class numbers from 0; other integers are converted.

    Raises:
        DataError: images or labels of another form, or not one label for each image.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        _refuse_other_images(self.images)
        object.__setattr__(self, "labels", _class_numbers(self.labels))  # the way past a frozen dataclass
        if len(self.images) != len(self.labels):
            raise DataError(
                "a split has not one label for each image",
                found=f"{len(self.images):,} images and {len(self.labels):,} labels",
                remedy="give the images and labels of the same part",
            )

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: NDArray[np.integer]) -> Split:
        """The images and labels at `indices`, in that order."""
        return Split(self.images[indices], self.labels[indices])


@dataclass(frozen=True)
class Dataset:
    """Labelled images as they come from their source, before the validation part is split off.

    Attributes:
        name: the name of the source that answered, or the absolute path of a file or folder.
        train: everything that is not test data.
        test: the test part, or None where the source has none (then `splits` makes one).
        class_names: a name for each class number.
        notes: what was changed while reading (resized, turned to grey, …); said aloud to the user.

    Raises:
        DataError: a label has no class name.
    """

    name: str
    train: Split
    test: Split | None
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        for part, split in (("train", self.train), ("test", self.test)):
            if split is not None and len(split) and split.labels.max() >= len(self.class_names):
                raise DataError(
                    f"the {part} part of {self.name} has a label without a class name",
                    found=f"label {split.labels.max()} where {len(self.class_names)} class names"
                    f" end at {len(self.class_names) - 1}",
                    remedy="give a name for each class number from 0, or correct the label",
                )

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of every image and label, the same on every machine."""
        digest = hashlib.sha256()
        for part in (self.train, self.test):
            if part is not None:
                digest.update(np.ascontiguousarray(part.images).tobytes())
                digest.update(np.ascontiguousarray(part.labels, dtype="<i8").tobytes())
        return digest.hexdigest()


def _refuse_other_images(images: Any) -> None:
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE):
        raise DataError(
            "the images of a split are not uint8 [N, 28, 28]",
            found=_form(images),
            remedy="of values from 0 to 1 give (images * 255).astype('uint8'); "
            "or save images and labels with np.savez as x_train and y_train, and digitlab.load the file",
        )


def _class_numbers(labels: Any) -> NDArray[np.int64]:
    if not isinstance(labels, np.ndarray) or labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise _not_classes(_form(labels))
    numbers = labels.astype(np.int64, copy=False)
    if len(numbers) and numbers.min() < 0:
        first = int(numbers.argmin())
        raise _not_classes(f"label {labels[first]} at image {first}")
    return numbers


def _not_classes(found: str) -> DataError:
    return DataError(
        "the labels of a split are not class numbers",
        found=found,
        remedy="give an array [N] of whole numbers from 0; turn one-hot rows to numbers with labels.argmax(axis=1)",
    )


def _form(value: Any) -> str:
    if not isinstance(value, np.ndarray):
        return f"a {type(value).__name__}"
    return f"an array of {'×'.join(map(str, value.shape)) or 'no'} values of type {value.dtype}"
