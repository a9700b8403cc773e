from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from digitlab.data.dataset import Dataset, Split
from digitlab.data.splits import split
from digitlab.errors import DataError


def numbered(count: int, classes: int = 10, test: int = 0) -> Dataset:
    """Images that carry their own number in the first two pixels, so that each can be told from all others."""
    images = np.zeros((count + test, 28, 28), np.uint8)
    numbers = np.arange(count + test)
    images[:, 0, 0], images[:, 0, 1] = numbers % 256, numbers // 256
    labels = numbers % classes
    last = Split(images[count:], labels[count:]) if test else None
    return Dataset("x", Split(images[:count], labels[:count]), last, tuple(map(str, range(classes))))


def members(part: Split) -> list[int]:
    low, high = part.images[:, 0, 0].astype(int), part.images[:, 0, 1].astype(int)
    return [int(number) for number in low + 256 * high]


def test_the_parts_are_disjoint_and_complete_and_test_is_kept() -> None:
    parts = split(numbered(1200, test=100), seed=3)
    assert members(parts.test) == list(range(1200, 1300))
    assert len(parts.validation) == 100
    assert sorted(members(parts.train) + members(parts.validation)) == list(range(1200))


def test_the_real_ones_are_split_as_in_the_lab(mnist: Dataset) -> None:
    parts = split(mnist, seed=0)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (55_000, 5_000, 10_000)
    assert mnist.test is not None
    np.testing.assert_array_equal(parts.test.images, mnist.test.images)


def test_order_and_labels_stay_with_their_images() -> None:
    for part in vars(split(numbered(1200), seed=1)).values():
        assert members(part) == sorted(members(part))
        assert [number % 10 for number in members(part)] == part.labels.tolist()


def test_the_seed_decides() -> None:
    dataset = numbered(600)
    first, again, other = (members(split(dataset, seed).validation) for seed in (7, 7, 8))
    assert first == again != other


def test_stratified_takes_the_same_share_of_each_class() -> None:
    parts = split(numbered(1200, test=10), seed=0, stratified=True)
    assert np.bincount(parts.validation.labels).tolist() == [10] * 10


def test_without_a_test_part_one_in_seven_is_drawn_class_by_class() -> None:
    parts = split(numbered(840), seed=0)
    assert np.bincount(parts.test.labels).tolist() == [12] * 10
    assert (len(parts.train), len(parts.validation)) == (660, 60)
    assert sorted(members(parts.train) + members(parts.validation) + members(parts.test)) == list(range(840))


def test_too_few_images() -> None:
    with pytest.raises(DataError) as caught:
        split(numbered(11), seed=0)
    assert str(caught.value) == (
        "too few images to train, validate and test\n"
        "  found: 11 images\n"
        "  to do: give at least 12"
    )  # fmt: skip


def test_one_class_is_nothing_to_learn() -> None:
    with pytest.raises(DataError) as caught:
        split(numbered(40, classes=1, test=10), seed=0)
    assert str(caught.value) == (
        "there is only one class\n  found: 40 images, all of class 0\n  to do: give images of at least two classes"
    )


def test_a_class_too_rare_to_be_in_each_part() -> None:
    dataset = numbered(40, classes=2)
    labels = dataset.train.labels.copy()
    labels[:] = 0
    labels[:2] = 1
    with pytest.raises(DataError) as caught:
        split(replace(dataset, train=Split(dataset.train.images, labels)), seed=0)
    assert str(caught.value) == (
        "a class has too few images to be in the training, validation and test part\n"
        "  found: class 1 has 2\n"
        "  to do: give at least 3 images of each class"
    )
