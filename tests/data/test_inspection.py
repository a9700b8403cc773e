from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from digitlab.base.findings import Finding
from digitlab.data.dataset import Dataset, Split
from digitlab.data.inspection import check, counts


def with_images(dataset: Dataset, images: np.ndarray) -> Dataset:
    return replace(dataset, train=Split(images.astype(np.uint8), dataset.train.labels))


def find(dataset: Dataset, slug: str) -> Finding:
    return next(finding for finding in check(dataset) if finding.slug == slug)


def slugs(dataset: Dataset) -> list[str]:
    return [finding.slug for finding in check(dataset)]


def test_good_digits_have_no_findings(digits: Dataset) -> None:
    assert check(digits) == []


def test_the_real_ones_have_no_findings(mnist: Dataset) -> None:
    assert check(mnist) == []


def test_counts_are_by_part_and_class_name(digits: Dataset) -> None:
    found = counts(replace(digits, class_names=tuple("abcdefghij")))
    assert list(found) == ["train", "test"]
    assert found["train"]["c"] == (digits.train.labels == 2).sum()
    assert sum(found["test"].values()) == 200


def test_scaled_twice(digits: Dataset) -> None:
    finding = find(with_images(digits, digits.train.images // 255), "scaled-twice")
    assert (finding.code, finding.severity) == ("DD101", "error")
    assert finding.observed == "train: pixel values from 0 to 1, where 255 is white"


def test_dim(digits: Dataset) -> None:
    finding = find(with_images(digits, digits.train.images // 16), "dim")
    assert (finding.severity, finding.observed) == ("warning", "train: the brightest pixel has 15 of 255")


def test_two_levels(digits: Dataset) -> None:
    finding = find(with_images(digits, np.where(digits.train.images > 127, 255, 0)), "two-levels")
    assert (finding.severity, finding.observed) == ("hint", "train: only the values 0 and 255")


def test_empty_images(digits: Dataset) -> None:
    images = digits.train.images.copy()
    images[[7, 9]] = 3
    finding = find(with_images(digits, images), "empty-images")
    assert finding.severity == "warning"
    assert finding.observed == "train: 2 of 600 (0.33%) of a single brightness, first at index 7"


def test_nothing_but_empty_images_is_an_error(digits: Dataset) -> None:
    assert find(with_images(digits, np.full((600, 28, 28), 9)), "empty-images").severity == "error"


def test_a_class_without_images(digits: Dataset) -> None:
    train = digits.train.take(np.flatnonzero(digits.train.labels != 0))
    finding = find(replace(digits, train=train), "missing-class")
    assert finding.observed == f"train: none of 0 among {len(train)} images"


def test_imbalance(digits: Dataset) -> None:
    ones = np.flatnonzero(digits.train.labels == 1)
    train = digits.train.take(np.concatenate([np.flatnonzero(digits.train.labels != 1), ones[:10]]))
    finding = find(replace(digits, train=train), "imbalance")
    assert finding.observed.startswith("train: 60 of 0, 10 of 1 (6.0 times)")


@pytest.mark.parametrize(("copies", "severity"), [(3, "hint"), (60, "warning")])
def test_duplicates(digits: Dataset, copies: int, severity: str) -> None:
    doubled = digits.train.take(np.concatenate([np.arange(600), np.arange(copies)]))
    finding = find(replace(digits, train=doubled), "duplicates")
    assert finding.severity == severity
    assert finding.observed.startswith(f"train: {copies} of {600 + copies} ")


def test_one_image_with_two_labels(digits: Dataset) -> None:
    images = digits.train.images.copy()
    images[np.argmax(digits.train.labels != digits.train.labels[0])] = images[0]
    assert find(with_images(digits, images), "contradictory-labels").severity == "warning"


@pytest.mark.parametrize(("shared", "severity"), [(1, "hint"), (5, "warning"), (50, "error")])
def test_test_images_in_the_training_part(digits: Dataset, shared: int, severity: str) -> None:
    assert digits.test is not None
    both = np.concatenate([digits.train.images[:shared], digits.test.images[shared:]])
    finding = find(replace(digits, test=Split(both, digits.test.labels)), "test-in-train")
    assert (finding.severity, finding.observed.split(" (")[0]) == (severity, f"test: {shared} of 200")


def test_dark_ink_on_paper(digits: Dataset) -> None:
    assert slugs(with_images(digits, 255 - digits.train.images)) == ["dark-ink"]


@pytest.mark.parametrize(("images", "shown"), [(600, "600 of 600 (100%)"), (570, "570 of 600 (95%)")])
def test_shares_are_never_shown_in_powers_of_ten(digits: Dataset, images: int, shown: str) -> None:
    blank = digits.train.images.copy()
    blank[:images] = 7
    assert shown in find(with_images(digits, blank), "empty-images").observed


def test_mixed_polarity(digits: Dataset) -> None:
    images = digits.train.images.copy()
    images[::4] = 255 - images[::4]
    finding = find(with_images(digits, images), "mixed-ink")
    assert finding.observed == "train: 150 of 600 (25%) have a bright border"


def test_off_frame(digits: Dataset) -> None:
    finding = find(with_images(digits, np.roll(digits.train.images, 2, axis=2)), "off-frame")
    assert finding.severity == "hint"
    assert finding.observed.startswith("train: mean centre of mass at row 14.0, column 16.0, where MNIST has 14.0")


def test_errors_come_first(digits: Dataset) -> None:
    images = np.roll(digits.train.images // 255, 3, axis=1)
    order = [finding.severity for finding in check(with_images(digits, images))]
    assert order == sorted(order, key=["error", "warning", "hint"].index)
    assert order[0] == "error"
