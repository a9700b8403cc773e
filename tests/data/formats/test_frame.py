from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from digitlab.data.formats.frame import fit, to_frame
from digitlab.errors import DataError

GREY = np.arange(2 * 784).reshape(2, 28, 28).astype(np.uint8)


def test_images_of_the_right_kind_pass_unchanged() -> None:
    images, remarks = to_frame("x", GREY)
    assert images is GREY or np.shares_memory(images, GREY)
    assert remarks == []


@pytest.mark.parametrize("shape", [(2, 784), (2, 28, 28, 1)])
def test_shapes_that_are_only_another_spelling(shape: tuple[int, ...]) -> None:
    images, remarks = to_frame("x", GREY.reshape(shape))
    np.testing.assert_array_equal(images, GREY)
    assert remarks == []


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_floats_from_0_to_1_are_scaled(kind: type) -> None:
    images, remarks = to_frame("x", (GREY / 255).astype(kind))
    np.testing.assert_array_equal(images, GREY)
    assert remarks == ["pixel values from 0 to 1 were multiplied by 255"]


def test_floats_from_0_to_255_and_large_integers_are_taken_as_they_are() -> None:
    for kind in (np.float32, np.int64, np.uint16):
        images, remarks = to_frame("x", GREY.astype(kind))
        np.testing.assert_array_equal(images, GREY)
        assert remarks == []


def test_booleans_become_black_and_white() -> None:
    images, _ = to_frame("x", GREY > 100)
    np.testing.assert_array_equal(images, np.where(GREY > 100, 255, 0))


def test_colour_becomes_grey_by_its_brightness() -> None:
    red = np.zeros((1, 28, 28, 3), np.uint8)
    red[..., 0] = 255
    images, remarks = to_frame("x", red)
    assert images[0, 0, 0] == 76  # 0.299 · 255, ITU-R BT.601
    assert remarks == ["colour was turned to grey"]


def test_transparent_is_white() -> None:
    images, remarks = to_frame("x", np.zeros((1, 28, 28, 4), np.uint8))
    assert images.min() == 255
    assert remarks == ["transparent pixels were laid on white"]


def test_resizing_keeps_mean_and_place() -> None:
    small = np.zeros((1, 14, 14), np.uint8)
    small[0, 3:6, 8:11] = 200
    images, remarks = to_frame("x", small)
    assert remarks == ["images of 14×14 were resized to 28×28"]
    assert np.average(np.arange(28), weights=images[0].sum(1)) == pytest.approx(2 * 4 + 0.5)
    assert np.average(np.arange(28), weights=images[0].sum(0)) == pytest.approx(2 * 9 + 0.5)
    assert images.mean() == pytest.approx(small.mean(), rel=0.02)


@pytest.mark.parametrize("paper", [0, 255])
def test_what_is_missing_at_the_sides_is_filled_with_the_border(paper: int) -> None:
    canvas = fit(Image.new("L", (40, 10), paper))
    assert canvas.shape == (28, 28)
    assert (canvas == paper).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (3000, 2)])
def test_extreme_shapes_fit(size: tuple[int, int]) -> None:
    assert fit(Image.new("L", size, 7)).shape == (28, 28)


@pytest.mark.parametrize(
    ("images", "found"),
    [
        (np.zeros((2, 3, 3), np.float32) - 1, "values from -1.0 to -1.0"),
        (np.full((2, 3, 3), np.nan), "values from nan to nan"),
        (np.full((2, 3, 3), 300), "values from 300 to 300"),
        (np.full((2, 3, 3), 1j), "values of type complex128"),
        (np.zeros((2, 3, 3, 5)), "an array of shape (2, 3, 3, 5)"),
        (np.zeros((2, 7)), "an array of shape (2, 7)"),
        (np.zeros((2, 0, 3)), "an array of shape (2, 0, 3)"),
        (np.zeros(5), "an array of shape (5,)"),
    ],
)
def test_what_is_no_image_is_refused(images: np.ndarray[Any, Any], found: str) -> None:
    with pytest.raises(DataError) as caught:
        to_frame("x", images)
    assert caught.value.found == found
