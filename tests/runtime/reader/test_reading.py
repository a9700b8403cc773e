from __future__ import annotations

import contextlib
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digitlab.data.dataset import Split
from digitlab.errors import TooLargeError
from digitlab.runtime.reader.bands import MAX_COLUMNS
from digitlab.runtime.reader.network import line_network
from digitlab.runtime.reader.reading import Reading, read

Page = NDArray[np.uint8]


@pytest.fixture(scope="module")
def chosen(held_out: Split) -> dict[int, NDArray[np.uint8]]:
    """The first image of each digit, its width cropped."""
    images = {digit: held_out.images[held_out.labels == digit][0] for digit in range(10)}
    return {label: image[:, image.any(axis=0)] for label, image in images.items()}


def page(chosen: dict[int, NDArray[np.uint8]], lines: list[str], gap: int = 30) -> Page:
    """Digits of 84 pixels' frame in lines, black on white; the second digit of a line follows the first after `gap`."""
    canvas = np.zeros((120 * len(lines) + 60, 900), np.uint8)
    for number, line in enumerate(lines):
        x = 50
        for character in line:
            image = Image.fromarray(chosen[int(character)])
            digit = np.asarray(image.resize((image.width * 3, 84), Image.Resampling.BICUBIC))
            place = canvas[40 + 120 * number : 124 + 120 * number, x : x + digit.shape[1]]
            np.maximum(place, digit, out=place)
            x += digit.shape[1] + gap
    return np.asarray(255 - canvas)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.tuples(st.integers(5, 150), st.integers(5, 150)),
    scale=st.integers(1, 6),
    density=st.floats(0, 1),
)
def test_noise_is_read_as_something_or_nothing(seed: int, size: tuple[int, int], scale: int, density: float) -> None:
    random = np.random.default_rng(seed)
    noise = np.where(random.random(size) < density, random.integers(0, 256, size), 255).astype(np.uint8)
    with contextlib.suppress(TooLargeError):
        reading(np.kron(noise, np.ones((scale, scale), np.uint8)))


def reading(picture: NDArray[Any]) -> Reading:
    return read(picture, line_network())


def text(picture: NDArray[Any]) -> str:
    return reading(picture).text


def test_digits_are_read_line_by_line(chosen: dict[int, Page]) -> None:
    assert text(page(chosen, ["31415", "926", "5358"])) == "31415\n926\n5358"


def test_white_on_black(chosen: dict[int, Page]) -> None:
    assert text(255 - page(chosen, ["2718", "281"])) == "2718\n281"


def test_boxes_hold_their_digits(chosen: dict[int, Page]) -> None:
    ink = page(chosen, ["74"]) < 128
    first, second = reading(page(chosen, ["74"])).lines[0]
    assert 0 < first.box[2] <= second.box[0]
    assert 0.5 < first.probability <= 1
    boxed = [ink[top:bottom, left:right].sum() for left, top, right, bottom in (first.box, second.box)]
    assert sum(boxed) > 0.95 * ink.sum()


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_that_was_turned(chosen: dict[int, Page], quarters: int) -> None:
    upright = page(chosen, ["27354", "6924"])
    found = reading(np.rot90(upright, -quarters))
    assert found.text == "27354\n6924"
    assert found.turned == 90 * quarters
    left, top, right, bottom = found.lines[0][0].box
    ink = np.rot90(upright, -quarters) < 128
    assert ink[top:bottom, left:right].mean() > 0.1


def test_a_line_that_rises(chosen: dict[int, Page]) -> None:
    picture = Image.fromarray(page(chosen, ["602", "795"])).rotate(6, fillcolor=255, expand=True)
    assert text(np.asarray(picture)) == "602\n795"


def test_uneven_light_noise_and_a_table(chosen: dict[int, Page]) -> None:
    plain = page(chosen, ["4096", "8192"])
    light = np.linspace(1, 0.5, plain.shape[1]) * np.linspace(1, 0.8, len(plain))[:, None]
    noise = np.random.default_rng(0).normal(0, 3, plain.shape)
    photo = np.clip((70 + 0.7 * plain) * light + noise, 0, 255)
    photo[:, 870:] = 25
    assert text(photo.astype(np.uint8)) == "4096\n8192"


def test_ruled_lines_are_no_digits(chosen: dict[int, Page]) -> None:
    picture = page(chosen, ["5063", "2874"])
    picture[[20, 21, 140, 141, 260, 261]] = 110
    assert text(picture) == "5063\n2874"


def test_a_line_through_the_digits_leaves_them_whole(chosen: dict[int, Page]) -> None:
    picture = page(chosen, ["5063"])
    picture[92:95] = 60
    assert text(picture) == "5063"


@pytest.mark.parametrize("joined", [True, False])
def test_the_boxes_of_a_form(chosen: dict[int, Page], joined: bool) -> None:
    picture = np.full((180, 660), 255, np.uint8)
    for place, digit in enumerate("90417"):
        left = 20 + place * (110 if joined else 126)
        picture[20:132, left : left + 113] = np.minimum(picture[20:132, left : left + 113], 60)
        picture[23:129, left + 3 : left + 110] = 255
        image = Image.fromarray(255 - chosen[int(digit)])
        picture[33:117, left + 15 : left + 15 + 3 * image.width] = np.asarray(image.resize((3 * image.width, 84)))
    assert text(picture) == "90417"


def test_a_broken_stroke_is_one_digit(chosen: dict[int, Page]) -> None:
    picture = page(chosen, ["4353"])
    left, top, right, bottom = reading(picture).lines[0][1].box
    third = top + (bottom - top) // 3
    picture[third : third + 4, left:right] = 255
    assert text(picture) == "4353"


def test_digits_that_touch_are_two(chosen: dict[int, Page]) -> None:
    assert text(page(chosen, ["38"], gap=-2)) == "38"


def test_points_and_minus_signs_are_read_on_request(chosen: dict[int, Page]) -> None:
    picture = page(chosen, ["4726"], gap=44)
    boxes = [digit.box for digit in reading(picture).lines[0]]
    between = (boxes[1][2] + boxes[2][0]) // 2
    picture[boxes[1][3] - 10 : boxes[1][3], between - 5 : between + 5] = 0
    middle = (boxes[0][1] + boxes[0][3]) // 2
    picture[middle - 3 : middle + 3, 8:38] = 0
    found = reading(picture)
    assert found.text == "4726"
    assert found.written == "-47.26"


@pytest.mark.parametrize("value", [0, 128, 255])
def test_an_empty_sheet_has_no_lines(value: int) -> None:
    assert reading(np.full((200, 300), value, np.uint8)) == Reading(())


def test_noise_is_no_reason_to_fail() -> None:
    reading(np.random.default_rng(0).integers(0, 256, (300, 200), np.uint8))
    reading(np.zeros((1, 1), np.uint8))


def diagonals(side: int, count: int) -> Page:
    """Thin lines side by side, each with a box as large as the page."""
    image = Image.new("1", (side, side))
    drawing = ImageDraw.Draw(image)
    for line in range(count):
        start = line * side / (2 * count)
        drawing.line([(start, 5), (start + side / 2, side - 5)], fill=1)
    return np.asarray(image, np.uint8) * np.uint8(255)


def peak_bytes_a_pixel(picture: Page) -> float:
    """The most memory that reading takes at once."""
    tracemalloc.start()
    try:
        with contextlib.suppress(TooLargeError):
            reading(picture)
        return tracemalloc.get_traced_memory()[1] / picture.size
    finally:
        tracemalloc.stop()


def test_memory_is_bounded_by_the_size_of_the_page() -> None:
    dust = np.zeros((1600, 1600), np.uint8)
    dust[::2, ::2] = 255
    assert peak_bytes_a_pixel(diagonals(1600, 150)) < 60  # a copy of each box would take 300
    assert peak_bytes_a_pixel(dust) < 60  # a list of its 640,000 pieces would take 80


def test_noise_costs_no_more_than_a_page_of_digits() -> None:
    columns = 0

    def counting(strips: NDArray[np.uint8]) -> NDArray[np.float32]:
        nonlocal columns
        columns += strips.shape[2]
        return line_network()(strips)

    noise = np.random.default_rng(0).integers(0, 256, (1600, 1200), np.uint8)
    with contextlib.suppress(TooLargeError):
        read(noise, counting)
    assert columns <= 4 * MAX_COLUMNS
