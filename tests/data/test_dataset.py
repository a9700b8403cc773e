from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from digitlab.data.dataset import Dataset, Split
from digitlab.errors import DataError

IMAGES = np.zeros((3, 28, 28), np.uint8)


@pytest.mark.parametrize("kind", ["uint8", "int32", "uint64", ">i8"])
def test_labels_of_every_integer_type_become_int64(kind: str) -> None:
    split = Split(IMAGES, np.array([0, 2, 1], kind))
    assert split.labels.dtype == np.int64
    assert split.labels.tolist() == [0, 2, 1]


def test_take_keeps_images_and_labels_together() -> None:
    part = Split(np.arange(3, dtype=np.uint8)[:, None, None] + IMAGES, np.array([4, 5, 6])).take(np.array([2, 0]))
    assert part.images[:, 0, 0].tolist() == [2, 0]
    assert part.labels.tolist() == [6, 4]


def test_float_images_are_refused_with_the_way_out() -> None:
    with pytest.raises(DataError) as caught:
        Split(IMAGES / 255, np.arange(3))  # type: ignore[arg-type]
    assert str(caught.value) == (
        "the images of a split are not uint8 [N, height, width] or [N, height, width, 3]\n"
        "  found: an array of 3×28×28 values of type float64\n"
        "  to do: give sides of 2 to 256 pixels; convert values from 0 to 1 by (images * 255).astype('uint8'); "
        "or save x_train and y_train with np.savez and digitlab.load the file"
    )


@pytest.mark.parametrize(
    ("shape", "words"),
    [((3, 28, 28), "28×28"), ((3, 28, 28, 1), "28×28"), ((3, 20, 256), "256×20"), ((3, 64, 32, 3), "32×64 in colour")],
)
def test_images_of_any_size_and_colour(shape: tuple[int, ...], words: str) -> None:
    split = Split(np.zeros(shape, np.uint8), np.arange(3))
    assert str(split.spec) == words
    assert split.images.shape[1:] == split.spec.shape


def test_both_parts_have_the_same_form() -> None:
    part, other = Split(IMAGES, np.arange(3)), Split(np.zeros((3, 28, 28, 3), np.uint8), np.arange(3))
    with pytest.raises(DataError) as caught:
        Dataset("x", part, other, ("a", "b", "c"))
    assert str(caught.value) == (
        "the two parts of x have images of different forms\n"
        "  found: 28×28 to train and 28×28 in colour to test\n"
        "  to do: give both the same height, width and channels"
    )


def test_pictures_become_as_the_images_are(digits: Dataset) -> None:
    """Framed like MNIST's digits, or else as they come."""
    inverted = Split(255 - digits.train.images, digits.train.labels)
    small = Split(digits.train.images[:, ::2, ::2], digits.train.labels)
    assert digits.preprocessing.domain == "digits"
    for part in (inverted, small):
        dataset = Dataset("x", part, None, digits.class_names)
        assert (dataset.preprocessing.domain, dataset.preprocessing.image) == ("plain", part.spec)


@pytest.mark.parametrize(
    ("images", "found"),
    [
        (IMAGES[..., None, None], "an array of 3×28×28×1×1 values of type uint8"),
        (np.zeros((3, 28, 28, 2), np.uint8), "an array of 3×28×28×2 values of type uint8"),
        (np.zeros((3, 300, 28), np.uint8), "an array of 3×300×28 values of type uint8"),
        (np.zeros((3, 1, 28), np.uint8), "an array of 3×1×28 values of type uint8"),
        (IMAGES.tolist(), "a list"),
    ],
)
def test_images_of_another_form(images: Any, found: str) -> None:
    with pytest.raises(DataError) as caught:
        Split(images, np.arange(3))
    assert caught.value.found == found


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (np.array([0.0, 1.0, 2.0]), "an array of 3 values of type float64"),
        (np.eye(3, dtype=int), "an array of 3×3 values of type int64"),
        ([0, 1, 2], "a list"),
        (np.array([0, -1, 2]), "label -1 at image 1"),
    ],
)
def test_labels_that_are_no_class_numbers(labels: Any, found: str) -> None:
    with pytest.raises(DataError) as caught:
        Split(IMAGES, labels)
    assert (caught.value.problem, caught.value.found) == ("the labels of a split are not class numbers", found)
    assert caught.value.remedy == (
        "give an array [N] of whole numbers from 0; convert one-hot rows by labels.argmax(axis=1)"
    )


def test_one_label_for_each_image() -> None:
    with pytest.raises(DataError) as caught:
        Split(IMAGES, np.arange(2))
    assert str(caught.value) == (
        "a split needs one label for each image\n"
        "  found: 3 images and 2 labels\n"
        "  to do: give the images and labels of the same part"
    )


@pytest.mark.parametrize("part", ["train", "test"])
def test_every_label_has_a_class_name(part: str) -> None:
    good, bad = Split(IMAGES, np.array([0, 1, 1])), Split(IMAGES, np.array([0, 1, 2]))
    with pytest.raises(DataError) as caught:
        Dataset("mine", *((bad, good) if part == "train" else (good, bad)), ("cat", "dog"))
    assert str(caught.value) == (
        f"the {part} part of mine has a label without a class name\n"
        "  found: label 2 where 2 class names end at 1\n"
        "  to do: give a name for each class number from 0, or correct the label"
    )
