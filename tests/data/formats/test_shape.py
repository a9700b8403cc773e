from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from digitlab.data.formats.shape import AS_IT_IS, Form, of_one_form, to_pictures
from digitlab.errors import DataError, UsageError
from digitlab.images.geometry import fitted
from digitlab.images.spec import MNIST

GREY = np.arange(2 * 784).reshape(2, 28, 28).astype(np.uint8)


def read(images: NDArray[Any], form: Form = AS_IT_IS) -> tuple[NDArray[np.uint8], list[str]]:
    """What `--data` makes of them, and what is said of it."""
    remarks: list[str] = []
    (pictures,) = of_one_form([to_pictures("x", images, remarks)], form, remarks)
    return pictures, remarks


def test_images_of_the_right_kind_pass_unchanged() -> None:
    images, remarks = read(GREY)
    assert images is GREY or np.shares_memory(images, GREY)
    assert remarks == []


@pytest.mark.parametrize("shape", [(2, 784), (2, 28, 28, 1)])
def test_shapes_that_are_only_another_spelling(shape: tuple[int, ...]) -> None:
    images, remarks = read(GREY.reshape(shape))
    np.testing.assert_array_equal(images, GREY)
    assert remarks == []


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_floats_from_0_to_1_are_scaled(kind: type) -> None:
    images, remarks = read((GREY / 255).astype(kind))
    np.testing.assert_array_equal(images, GREY)
    assert remarks == ["pixel values from 0 to 1 were multiplied by 255"]


def test_floats_from_0_to_255_and_large_integers_are_taken_as_they_are() -> None:
    for kind in (np.float32, np.int64, np.uint16):
        images, remarks = read(GREY.astype(kind))
        np.testing.assert_array_equal(images, GREY)
        assert remarks == []


def test_booleans_become_black_and_white() -> None:
    images, _ = read(GREY > 100)
    np.testing.assert_array_equal(images, np.where(GREY > 100, 255, 0))


def test_colour_stays_where_there_is_any() -> None:
    red = np.zeros((1, 28, 28, 3), np.uint8)
    red[..., 0] = 255
    images, remarks = read(red)
    assert (images.shape, remarks) == ((1, 28, 28, 3), [])
    images, remarks = read(np.repeat(GREY[..., None], 3, axis=3))
    np.testing.assert_array_equal(images, GREY)


def test_colour_becomes_grey_by_its_brightness_where_that_is_asked() -> None:
    red = np.zeros((1, 28, 28, 3), np.uint8)
    red[..., 0] = 255
    images, remarks = read(red, Form(gray=True))
    assert images[0, 0, 0] == 76  # 0.299 · 255, ITU-R BT.601
    assert remarks == ["colour was converted to grey"]


def test_transparent_is_white_or_black_where_white_ink_was_meant() -> None:
    black, white = np.zeros((2, 1, 28, 28, 4), np.uint8)
    black[0, :9, :, 3], white[0, :9] = 255, 255
    for ink, paper in ((black, 255), (white, 0)):
        images, remarks = read(ink)
        assert (images[0, 20] == paper).all()
        assert remarks == ["transparent pixels became white, or black behind white ink"]


def test_resizing_keeps_mean_and_place() -> None:
    small = np.zeros((1, 14, 14), np.uint8)
    small[0, 3:6, 8:11] = 200
    images, remarks = read(small, Form(size=28))
    assert remarks == ["images of 14×14 were resized to 28×28"]
    assert np.average(np.arange(28), weights=images[0].sum(1)) == pytest.approx(2 * 4 + 0.5)
    assert np.average(np.arange(28), weights=images[0].sum(0)) == pytest.approx(2 * 9 + 0.5)
    assert images.mean() == pytest.approx(small.mean(), rel=0.02)


def test_images_keep_their_size_up_to_the_largest() -> None:
    for shape, result in [((1, 8, 9), (1, 8, 9)), ((1, 512, 256, 3), (1, 256, 128))]:
        assert read(np.zeros(shape, np.uint8))[0].shape == result


@pytest.mark.parametrize("size", [0, 257])
def test_a_size_that_no_image_has(size: int) -> None:
    with pytest.raises(UsageError) as caught:
        Form(size)
    assert str(caught.value) == (f"invalid value for --image-size\n  found: {size}\n  to do: give 2 to 256 pixels")


@pytest.mark.parametrize("paper", [0, 255])
def test_what_is_missing_at_the_sides_is_filled_with_the_border(paper: int) -> None:
    canvas = fitted(np.full((10, 40), paper, np.float32), MNIST)
    assert canvas.shape == (28, 28)
    assert (canvas == paper).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (3000, 2)])
def test_extreme_shapes_fit(size: tuple[int, int]) -> None:
    assert fitted(np.full(size, 0.5, np.float32), MNIST).shape == (28, 28)


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
        read(images)
    assert caught.value.found == found
    of_values = (
        "x has pixel values out of range",
        "give whole numbers from 0 to 255, or floats from 0 to 1",
    )
    of_shape = (
        "x does not hold images",
        "give [N, H, W], [N, H, W, channels] with 1 to 4 channels, or [N, H·W] for square images",
    )
    expected = of_values if found.startswith("values") else of_shape
    assert (caught.value.problem, caught.value.remedy) == expected
