"""Labelled images: a split is one part, a dataset has all of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import DataError
from digitlab.images.spec import MAX_SIDE, MIN_SIDE, MNIST, ImageSpec, spec_of
from digitlab.preprocess.settings import Digits, Plain, Preprocessing

SAMPLE = 25  # images that decide the domain
# Median correlation of an image with itself after the preprocessing of digits.  Measured: MNIST and synthetic digits
# 0.9999, Fashion-MNIST 0.45.
MIN_CORRELATION = 0.95


@dataclass(frozen=True)
class Split:
    """One part of a dataset.

    Attributes:
        images: uint8 [N, height, width] in grey, [N, height, width, 3] in colour, sides up to 256; [N, height, width,
            1] is converted.  Digits have bright ink on dark.
        labels: int64 [N], class numbers from 0; other integers are converted.

    Raises:
        DataError: images or labels of another form, or not one label for each image.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        # how a frozen dataclass sets its own fields
        object.__setattr__(self, "images", _checked_images(self.images))
        object.__setattr__(self, "labels", _class_numbers(self.labels))
        if len(self.images) != len(self.labels):
            raise DataError(
                "a split needs one label for each image",
                found=f"{len(self.images):,} images and {len(self.labels):,} labels",
                remedy="give the images and labels of the same part",
            )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def spec(self) -> ImageSpec:
        """Height, width and channels of the images."""
        spec = spec_of(self.images)
        assert spec is not None  # images of any other form were refused
        return spec

    def take(self, indices: NDArray[np.integer]) -> Split:
        """The images and labels at `indices`, in that order."""
        return Split(self.images[indices], self.labels[indices])

    def spread(self, most: int) -> Split:
        """At most `most` images with their labels, evenly spaced, since some data is sorted by class."""
        return self.take(spread(len(self), most))


@dataclass(frozen=True)
class Dataset:
    """Labelled images as they come from their source, before the validation part is split off.

    Attributes:
        name: the name of a known dataset, or the absolute path of a file or folder.
        train: everything that is not test data.
        test: the test part, or None where the source has none (`splits` then makes one).
        class_names: a name for each class number.
        notes: what was changed while reading (resized, converted to grey, …); shown to the user.
        image_size, gray: as given to `digitlab.load`.

    Raises:
        DataError: a label has no class name, or the parts have images of different forms.
    """

    name: str
    train: Split
    test: Split | None
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())
    image_size: int | None = None
    gray: bool = False

    def __post_init__(self) -> None:
        for part, split in (("train", self.train), ("test", self.test)):
            if split is not None and len(split) and split.labels.max() >= len(self.class_names):
                raise DataError(
                    f"the {part} part of {self.name} has a label without a class name",
                    found=f"label {split.labels.max()} where {len(self.class_names)} class names"
                    f" end at {len(self.class_names) - 1}",
                    remedy="give a name for each class number from 0, or correct the label",
                )

        if self.test is not None and self.test.spec != self.train.spec:
            raise DataError(
                f"the two parts of {self.name} have images of different forms",
                found=f"{self.train.spec} to train and {self.test.spec} to test",
                remedy="give both the same height, width and channels",
            )

    @property
    def spec(self) -> ImageSpec:
        """Height, width and channels of the images."""
        return self.train.spec

    @cached_property
    def preprocessing(self) -> Preprocessing:
        """How pictures become images like these: as digits if these are framed as in MNIST, else plain."""
        return Digits() if self.spec == MNIST and _are_framed(self.train) else Plain(image=self.spec)

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of every image and label, the same on every machine."""
        digest = hashlib.sha256()
        for part in (self.train, self.test):
            if part is not None:
                digest.update(np.ascontiguousarray(part.images).tobytes())
                digest.update(np.ascontiguousarray(part.labels, dtype="<i8").tobytes())
        return digest.hexdigest()


def spread(count: int, most: int) -> NDArray[np.int64]:
    """At most `most` evenly spaced indices of `count` rows."""
    return np.linspace(0, count - 1, min(most, count), dtype=np.int64)


def _are_framed(split: Split) -> bool:
    """Whether the preprocessing of digits leaves the images as they are."""
    from digitlab.preprocess.pipeline import prepare  # SciPy takes long to load

    correlations = [_correlation(prepare(image).image, image) for image in split.spread(SAMPLE).images]
    return bool(np.median(correlations) >= MIN_CORRELATION)


def _correlation(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Pearson's correlation of two images; 0 where one of them is constant."""
    first, second = (image - image.mean() for image in (one, other))
    length = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / length if length else 0.0


def _checked_images(images: Any) -> NDArray[np.uint8]:
    """The images, without an axis for a single channel."""
    if isinstance(images, np.ndarray) and images.dtype == np.uint8:
        checked: NDArray[np.uint8] = images[..., 0] if images.ndim == 4 and images.shape[3] == 1 else images
        if spec_of(checked):
            return checked
    raise DataError(
        "the images of a split are not uint8 [N, height, width] or [N, height, width, 3]",
        found=array_form(images),
        remedy=f"give sides of {MIN_SIDE} to {MAX_SIDE} pixels; convert values from 0 to 1 by "
        "(images * 255).astype('uint8'); or save x_train and y_train with np.savez and digitlab.load the file",
    )


def _class_numbers(labels: Any) -> NDArray[np.int64]:
    if not isinstance(labels, np.ndarray) or labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise _not_classes(array_form(labels))
    numbers = labels.astype(np.int64, copy=False)
    if len(numbers) and numbers.min() < 0:
        first = int(numbers.argmin())
        raise _not_classes(f"label {labels[first]} at image {first}")
    return numbers


def _not_classes(found: str) -> DataError:
    return DataError(
        "the labels of a split are not class numbers",
        found=found,
        remedy="give an array [N] of whole numbers from 0; convert one-hot rows by labels.argmax(axis=1)",
    )


def array_form(value: Any) -> str:
    """Shape and type of an array for an error text."""
    if not isinstance(value, np.ndarray):
        return f"a {type(value).__name__}"
    return f"an array of {'×'.join(map(str, value.shape)) or 'no'} values of type {value.dtype}"
