"""From the arrays of a file to a `Dataset`: images of one form and checked labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.data.dataset import Dataset, Split, array_form
from digitlab.data.formats.limits import MAX_CLASSES
from digitlab.data.formats.shape import AS_IT_IS, Form, of_one_form, to_pictures
from digitlab.errors import DataError

_MAX_RANGES = 3  # of missing classes in an error text

Part = tuple[NDArray[Any], NDArray[Any]]  # images and labels, as in the file


def dataset(
    path: Path, train: Part, test: Part | None, class_names: tuple[str, ...] | None = None, form: Form = AS_IT_IS
) -> Dataset:
    """Check both parts and bring their images to one form.

    Args:
        path: the name of the dataset.
        train: images [N, H, W], [N, H, W, channels] or [N, H·W], and labels [N].
        test: the same, or None where the source has no test part.
        class_names: by default the class numbers, which must then all occur in the training labels.
        form: what the images become.

    Raises:
        DataError: labels that are not class numbers or have gaps, counts that differ, or arrays that are not images.
    """
    notes: list[str] = []
    given = [part for part in (train, test) if part is not None]
    numbers = [_labels(path, *part) for part in given]
    classes = int(numbers[0].max()) + 1
    if class_names is None:
        _refuse_gaps(path, numbers[0])
    names = class_names or tuple(str(label) for label in range(classes))
    if len(numbers) == 2 and numbers[1].max() >= len(names):
        raise DataError(
            f"the test part of {path} has a class that the training part lacks",
            found=f"label {numbers[1].max()} where training labels end at {len(names) - 1}",
            remedy="give both parts the same classes",
        )
    images = of_one_form([to_pictures(path, part[0], notes) for part in given], form, notes)
    parts = [Split(*pair) for pair in zip(images, numbers, strict=True)]
    return Dataset(str(path), parts[0], parts[1] if len(parts) == 2 else None, names, tuple(dict.fromkeys(notes)))


def _labels(path: Path, images: NDArray[Any], labels: NDArray[Any]) -> NDArray[np.int64]:
    """The labels of one part, one for each of at least one image."""
    numbers = class_numbers(path, labels)
    if len(images) != len(numbers):
        raise DataError(
            f"{path} needs one label for each image",
            found=f"{len(images):,} images and {len(numbers):,} labels",
            remedy="give the two files or arrays of the same part",
        )
    if len(images) == 0:
        raise DataError(f"{path} is empty", found="0 images", remedy="give a dataset with at least one image")
    return numbers


def _refuse_gaps(path: Path, labels: NDArray[np.int64]) -> None:
    """Refuse class numbers without images: more often they come from one damaged label."""
    counts = np.bincount(labels)
    missing = np.flatnonzero(counts == 0)
    if len(missing) == 0:
        return
    remedy = f"number the classes 0 to {np.count_nonzero(counts) - 1} without gaps, or correct the label"
    if len(missing) == labels.min():
        remedy = f"number the classes from 0: subtract {labels.min()} from every label"
    raise DataError(
        f"the training labels of {path} leave out classes",
        found=f"label {labels.max()} at image {labels.argmax()}, and no training image of {_ranges(missing)}",
        remedy=remedy,
    )


def _ranges(numbers: NDArray[np.int64]) -> str:
    """Ascending numbers in words, as in "class 1, classes 3 to 5": the first three ranges."""
    ranges = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    words = [f"class {r[0]}" if len(r) == 1 else f"classes {r[0]} to {r[-1]}" for r in ranges[:_MAX_RANGES]]
    return ", ".join(words + ["…"] * (len(ranges) > _MAX_RANGES))


def class_numbers(path: Path | str, labels: NDArray[Any]) -> NDArray[np.int64]:
    """The labels as int64 [N] (raises DataError if they are not whole numbers from 0)."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]  # [N, 1] → [N], as Keras keeps some of its labels
    if labels.ndim != 1 or labels.dtype.kind not in "iufb":
        raise _not_classes(
            path,
            array_form(labels),
            "give one whole number from 0 for each image; convert one-hot rows by labels.argmax(axis=1)",
        )
    wrong = ~np.isfinite(labels) | (labels < 0) | (labels != np.floor(labels)) | (labels >= MAX_CLASSES)
    if wrong.any():
        first = int(wrong.argmax())
        raise _not_classes(
            path,
            f"label {labels[first]} at image {first}",
            f"number the classes from 0, without gaps, at most {MAX_CLASSES} of them",
        )
    return labels.astype(np.int64)


def _not_classes(path: Path | str, found: str, remedy: str) -> DataError:
    return DataError(f"{path} has labels that are not class numbers", found=found, remedy=remedy)
