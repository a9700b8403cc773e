from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitlab.data.formats.assemble import class_numbers, dataset
from digitlab.data.formats.shape import Form
from digitlab.errors import DataError

IMAGES = np.zeros((3, 28, 28), np.uint8)


@pytest.mark.parametrize("labels", [[0, 1, 2], [0.0, 1.0, 2.0], [[0], [1], [2]]])
def test_labels_in_any_spelling_of_whole_numbers(labels: Any) -> None:
    numbers = class_numbers("x", np.array(labels))
    assert numbers.dtype == np.int64
    assert numbers.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ([0, -1, 2], "label -1 at image 1"),
        ([0, 1, 1000], "label 1000 at image 2"),
        ([0, 0.5, 1], "label 0.5 at image 1"),
        ([0, np.nan, 1], "label nan at image 1"),
        (["a", "b", "c"], "an array of 3 values of type <U1"),
        (np.eye(3), "an array of 3×3 values of type float64"),
    ],
)
def test_labels_that_are_no_class_numbers(labels: Any, found: str) -> None:
    with pytest.raises(DataError) as caught:
        class_numbers("x", np.array(labels))
    assert caught.value.problem == "x has labels that are not class numbers"
    assert caught.value.found == found


def test_a_test_label_beyond_the_training_labels() -> None:
    with pytest.raises(DataError) as caught:
        dataset(Path("x"), (IMAGES, np.array([0, 1, 2])), (IMAGES, np.array([0, 1, 3])))
    assert str(caught.value) == (
        "the test part of x has a class that the training part lacks\n"
        "  found: label 3 where training labels end at 2\n"
        "  to do: give both parts the same classes"
    )


@pytest.mark.parametrize(
    ("labels", "found", "remedy"),
    [
        (
            [0, 1, 131],
            "label 131 at image 2, and no training image of classes 2 to 130",
            "number the classes 0 to 2 without gaps, or correct the label",
        ),
        (
            [1, 2, 3],
            "label 3 at image 2, and no training image of class 0",
            "number the classes from 0: subtract 1 from every label",
        ),
        (
            [0, 2, 6],
            "label 6 at image 2, and no training image of class 1, classes 3 to 5",
            "number the classes 0 to 2 without gaps, or correct the label",
        ),
    ],
)
def test_class_numbers_with_gaps(labels: list[int], found: str, remedy: str) -> None:
    with pytest.raises(DataError) as caught:
        dataset(Path("x"), (IMAGES, np.array(labels)), None)
    assert caught.value.problem == "the training labels of x leave out classes"
    assert (caught.value.found, caught.value.remedy) == (found, remedy)


def test_many_gaps_are_told_by_the_first_three() -> None:
    with pytest.raises(DataError, match=r"class 1, class 3, class 5, …"):
        dataset(Path("x"), (np.zeros((6, 28, 28), np.uint8), np.arange(0, 12, 2)), None)


def test_an_empty_part() -> None:
    with pytest.raises(DataError) as caught:
        dataset(Path("x"), (IMAGES[:0], np.zeros(0)), None)
    assert str(caught.value) == "x is empty\n  found: 0 images\n  to do: give a dataset with at least one image"


def test_a_remark_that_is_true_of_both_parts_is_made_once() -> None:
    part = (np.zeros((2, 8, 8), np.uint8), np.array([0, 1]))
    made = dataset(Path("x"), part, part, form=Form(size=28))
    assert made.notes == ("images of 8×8 were resized to 28×28",)
