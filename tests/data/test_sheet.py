from __future__ import annotations

import numpy as np

from digitlab.data.dataset import Dataset, Split
from digitlab.data.sheet import sample_sheet


def test_the_first_ten_of_each_class_stand_in_its_row(digits: Dataset) -> None:
    sheet = np.asarray(sample_sheet(digits.train, digits.class_names).convert("L"))
    image = digits.train.images[np.flatnonzero(digits.train.labels == 3)[9]]
    zoomed = np.kron(image, np.ones((3, 3), np.uint8))
    top = 30 + 3 * 90
    places = [left for left in range(sheet.shape[1] - 84) if (sheet[top : top + 84, left : left + 84] == zoomed).all()]
    assert len(places) == 1


def test_a_class_without_images_leaves_its_row_empty() -> None:
    split = Split(np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.int64))
    sheet = np.asarray(sample_sheet(split, ("zero", "one")).convert("L"))
    assert (sheet[30 : 30 + 84] == 0).sum() >= 84 * 84
    assert (sheet[30 + 90 : 30 + 90 + 84] == 0).sum() == 0


def test_many_classes_make_a_sheet_of_bounded_height() -> None:
    split = Split(np.zeros((500, 28, 28), np.uint8), np.arange(500))
    assert sample_sheet(split, tuple(map(str, range(500)))).height < 4000
