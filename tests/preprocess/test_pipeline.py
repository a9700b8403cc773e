from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image

from digitlab.data.dataset import Dataset, Split
from digitlab.errors import UsageError
from digitlab.preprocess.pipeline import framed, prepare
from digitlab.preprocess.settings import Digits

STEPS = ("polarity", "light", "ink", "specks", "crop", "proportion", "stroke", "fit", "centre")


def drawing(image: NDArray[np.uint8], side: int = 280, digit: int = 140, at: tuple[int, int] = (60, 90)) -> Image.Image:
    """Black ink on white: the digit enlarged, its frame's corner at `at`."""
    canvas = Image.new("L", (side, side), 255)
    canvas.paste(Image.fromarray(255 - image).resize((digit, digit), Image.Resampling.BICUBIC), at)
    return canvas


def distance(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> float:
    """Mean difference as a share of the ink, after a shift by a pixel at most: a centre of mass may lie between two."""
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    off = min(float(np.abs(np.roll(one, shift, (0, 1)).astype(float) - two).sum()) for shift in shifts)
    return off / max(float(one.sum()), 1)


def test_digits_framed_already_stay_nearly_as_they_are(held_out: Split) -> None:
    changed = [distance(image, prepare(image).image) for image in held_out.images]
    assert np.median(changed) < 0.05
    assert np.quantile(changed, 0.9) < 0.2


def test_twice_is_once(held_out: Split) -> None:
    once = [prepare(image).image for image in held_out.images]
    assert np.median([distance(image, prepare(image).image) for image in once]) < 0.02


def test_a_drawing_comes_back_as_the_digit_it_was_made_from(held_out: Split) -> None:
    again = [distance(image, prepare(np.asarray(drawing(image))).image) for image in held_out.images[:50]]
    assert np.median(again) < 0.3


@given(st.integers(0, 199), st.integers(1, 87), st.integers(1, 87))
def test_where_the_digit_stands_does_not_matter(held_out: Split, index: int, x: int, y: int) -> None:
    here, there = (np.asarray(drawing(held_out.images[index], 200, 112, at)) for at in ((44, 44), (x, y)))
    assert np.array_equal(prepare(here).image, prepare(there).image)


@given(st.integers(0, 199), st.sampled_from([28, 280]))
@settings(max_examples=30)
def test_black_on_white_is_as_good_as_white_on_black(held_out: Split, index: int, side: int) -> None:
    picture = np.asarray(drawing(held_out.images[index], side, side // 2, (side // 4, side // 4)))
    assert distance(prepare(picture).image, prepare(255 - picture).image) < 0.02


def test_faint_grey_on_grey(held_out: Split) -> None:
    for image in held_out.images[:50]:
        faint = (150 - image.astype(float) * 0.06).round().astype(np.uint8)
        assert distance(prepare(image).image, prepare(faint).image) < 0.35


def test_a_shadow_is_not_ink(held_out: Split) -> None:
    light = np.linspace(1, 0.45, 280)[:, None] * np.linspace(0.8, 1, 280)
    for image in held_out.images[:30]:
        plain = np.asarray(drawing(image))
        uneven = ((60 + 0.75 * plain) * light).astype(np.uint8)
        assert distance(prepare(plain).image, prepare(uneven).image) < 0.25


@pytest.mark.parametrize("side", [16, 160])
def test_a_digit_that_fills_its_picture_keeps_its_polarity_and_gets_its_width_back(held_out: Split, side: int) -> None:
    image = held_out.images[0]
    ink = image > 127
    tight = Image.fromarray(image[np.ix_(ink.any(axis=1), ink.any(axis=0))])
    prepared = prepare(
        np.asarray(tight.resize((side, side), Image.Resampling.NEAREST).point(lambda value: 255 * (value > 127)))
    )
    assert prepared.trace[0].description == "the ink is already brighter than the paper"
    assert prepared.trace[5].description.startswith("the digit was stretched to all sides")
    width = np.ptp(np.flatnonzero(prepared.image.any(axis=0))) + 1
    assert 13 <= width <= 15


def test_specks_and_a_strip_of_table_are_left_out(held_out: Split) -> None:
    plain = np.asarray(drawing(held_out.images[0]))
    dirty = plain.copy()
    dirty[20:24, 20:24] = dirty[250:253, 40:44] = 0
    dirty[:, 270:] = 30
    assert distance(prepare(plain).image, prepare(dirty).image) < 0.02


@pytest.mark.parametrize(("pen", "least", "most"), [(2, 1.5, 2.5), (4, 1.5, 2.5), (16, 1.5, 2.5), (60, 3.5, 5.8)])
def test_thin_and_fat_pens_come_out_as_ordinary_ones(pen: int, least: float, most: float) -> None:
    picture = np.full((280, 280), 255, np.uint8)
    picture[40:240, 140 - pen // 2 : 140 + pen // 2] = 0
    assert least < prepare(picture).image[14].sum() / 255 < most


@pytest.mark.parametrize("value", [0, 77, 255])
def test_a_blank_picture_is_blank(value: int) -> None:
    prepared = prepare(np.full((64, 64), value, np.uint8))
    assert not prepared.image.any()
    assert prepared.trace[-1].name == "specks"


def test_the_trace_tells_every_step(held_out: Split) -> None:
    prepared = prepare(np.asarray(drawing(held_out.images[0])))
    assert tuple(step.name for step in prepared.trace) == STEPS
    assert prepared.trace[0].description == "the ink is darker than the paper: inverted"
    assert prepared.trace[-1].description.startswith("moved ")
    assert np.array_equal(np.rint(np.clip(prepared.trace[-1].picture, 0, 1) * 255), prepared.image)


@pytest.mark.parametrize("step", STEPS)
def test_each_step_can_be_left_out(held_out: Split, step: str) -> None:
    prepared = prepare(255 - np.asarray(drawing(held_out.images[0])), Digits.model_validate({step: False}))
    assert prepared.image.shape == (28, 28)
    assert prepared.image.any()
    assert step not in [taken.name for taken in prepared.trace]


def test_ink_that_was_found_already_is_only_framed(held_out: Split) -> None:
    image = held_out.images[0]
    assert distance(image, framed(image.astype(np.float32) / 255)) < 0.05


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_no_array_is_too_odd(picture: NDArray[np.uint8]) -> None:
    prepared = prepare(picture)
    assert prepared.image.shape == (28, 28)
    assert prepared.image.dtype == np.uint8


@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 20), st.integers(1, 20)), elements=st.floats(0, 1, width=32)))
def test_nor_are_floats(picture: NDArray[np.float32]) -> None:
    assert prepare(picture).image.shape == (28, 28)


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        (np.zeros((2, 3, 3), np.uint8), "an array of type uint8 and shape (2, 3, 3)"),
        (np.zeros((0, 3), np.uint8), "an array of type uint8 and shape (0, 3)"),
        (np.zeros((3, 3), np.int64), "an array of type int64 and shape (3, 3)"),
        (np.full((3, 3), 200.0), "values from 200 to 200"),
        (np.full((3, 3), np.nan), "values from nan to nan"),
    ],
)
def test_an_array_that_is_not_a_picture_is_refused(picture: NDArray[np.generic], found: str) -> None:
    with pytest.raises(UsageError) as caught:
        prepare(picture)
    assert str(caught.value) == (
        f"the array is not a picture\n  found: {found}\n"
        "  to do: give uint8 [height, width], or floats from 0 to 1; open files with open_picture"
    )


def test_real_digits_stay_nearly_as_they_are(mnist: Dataset) -> None:
    changed = [distance(image, prepare(image).image) for image in mnist.train.images[:500]]
    assert np.median(changed) < 0.05


def test_the_polarity_of_scans_that_fill_their_frame() -> None:
    folder = Path(os.environ.get("DIGITLAB_DATA", "no-folder")) / "real" / "datasets"
    if not folder.is_dir():
        pytest.skip("needs scanned digits: set DIGITLAB_DATA to a folder that holds real/datasets/")
    for name in ("usps", "semeion"):
        with np.load(folder / f"{name}.npz") as data:
            images = data["x"].reshape(-1, 16, 16)[::7]
        description = {prepare(image).trace[0].description for image in images}
        assert description == {"the ink is already brighter than the paper"}


def test_strokes_as_wide_as_their_window_are_no_shadow(held_out: Split) -> None:
    tiny = [Image.fromarray(image[4:24, 4:24]).resize((8, 8), Image.Resampling.BOX) for image in held_out.images]
    told = [prepare(np.asarray(picture)).trace[1].description for picture in tiny]
    assert np.mean([description == "the light is even" for description in told]) >= 0.95
