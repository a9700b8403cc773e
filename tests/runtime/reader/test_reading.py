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
from digitlab.runtime.reader.pieces import Piece
from digitlab.runtime.reader.reading import Reading, read
from digitlab.runtime.reader.splitting import cut

Page = NDArray[np.uint8]


class Nearest:
    """A network of one neighbour: sure of the digits that it has seen."""

    def __init__(self, known: Split) -> None:
        self.images = known.images.reshape(len(known.images), -1) / 255.0
        self.labels = known.labels

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        flat = images.reshape(len(images), -1) / 255.0
        near = (flat**2).sum(1)[:, None] - 2 * flat @ self.images.T + (self.images**2).sum(1)
        found = np.full((len(images), 10), 0.001, np.float32)
        sure = np.exp(-near.min(axis=1) / 60)
        found[np.arange(len(images)), self.labels[near.argmin(axis=1)]] = sure
        return found


@pytest.fixture(scope="module")
def predict(held_out: Split) -> Nearest:
    return Nearest(held_out)


@pytest.fixture(scope="module")
def chosen(held_out: Split) -> dict[int, NDArray[np.uint8]]:
    """One image of each digit, its width cropped."""
    images = {int(label): image for image, label in zip(held_out.images, held_out.labels, strict=True)}
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


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.tuples(st.integers(5, 150), st.integers(5, 150)),
    scale=st.integers(1, 6),
    density=st.floats(0, 1),
)
def test_noise_is_read_as_something_or_nothing(
    predict: Nearest, seed: int, size: tuple[int, int], scale: int, density: float
) -> None:
    random = np.random.default_rng(seed)
    noise = np.where(random.random(size) < density, random.integers(0, 256, size), 255).astype(np.uint8)
    read(np.kron(noise, np.ones((scale, scale), np.uint8)), predict)


def text(picture: NDArray[Any], predict: Nearest) -> str:
    return read(picture, predict).text


def test_digits_are_read_line_by_line(chosen: dict[int, Page], predict: Nearest) -> None:
    assert text(page(chosen, ["31415", "926", "5358"]), predict) == "31415\n926\n5358"


def test_white_on_black(chosen: dict[int, Page], predict: Nearest) -> None:
    assert text(255 - page(chosen, ["2718", "281"]), predict) == "2718\n281"


def test_boxes_hold_their_digits(chosen: dict[int, Page], predict: Nearest) -> None:
    ink = page(chosen, ["74"]) < 128
    first, second = read(page(chosen, ["74"]), predict).lines[0]
    assert 0 < first.box[2] <= second.box[0]
    assert 0.5 < first.probability <= 1
    boxed = [ink[top:bottom, left:right].sum() for left, top, right, bottom in (first.box, second.box)]
    assert sum(boxed) == ink.sum()


def test_a_line_that_rises(chosen: dict[int, Page], predict: Nearest) -> None:
    picture = Image.fromarray(page(chosen, ["602", "795"])).rotate(6, fillcolor=255, expand=True)
    assert text(np.asarray(picture), predict) == "602\n795"


def test_uneven_light_noise_and_a_table(chosen: dict[int, Page], predict: Nearest) -> None:
    plain = page(chosen, ["4096", "8192"])
    light = np.linspace(1, 0.5, plain.shape[1]) * np.linspace(1, 0.8, len(plain))[:, None]
    noise = np.random.default_rng(0).normal(0, 3, plain.shape)
    photo = np.clip((70 + 0.7 * plain) * light + noise, 0, 255)
    photo[:, 870:] = 25
    assert text(photo.astype(np.uint8), predict) == "4096\n8192"


def test_ruled_lines_are_no_digits(chosen: dict[int, Page], predict: Nearest) -> None:
    picture = page(chosen, ["5063", "2874"])
    picture[[20, 21, 140, 141, 260, 261]] = 110
    assert text(picture, predict) == "5063\n2874"


def test_a_line_through_the_digits_leaves_them_whole(chosen: dict[int, Page], predict: Nearest) -> None:
    picture = page(chosen, ["5063"])
    picture[92:95] = 60
    assert text(picture, predict) == "5063"


@pytest.mark.parametrize("joined", [True, False])
def test_the_boxes_of_a_form(chosen: dict[int, Page], predict: Nearest, joined: bool) -> None:
    picture = np.full((180, 660), 255, np.uint8)
    for place, digit in enumerate("90417"):
        left = 20 + place * (110 if joined else 126)
        picture[20:132, left : left + 113] = np.minimum(picture[20:132, left : left + 113], 60)
        picture[23:129, left + 3 : left + 110] = 255
        image = Image.fromarray(255 - chosen[int(digit)])
        picture[33:117, left + 15 : left + 15 + 3 * image.width] = np.asarray(image.resize((3 * image.width, 84)))
    assert text(picture, predict) == "90417"


def test_a_broken_stroke_is_joined(chosen: dict[int, Page], predict: Nearest) -> None:
    picture = page(chosen, ["4353"])
    left, top, right, bottom = read(picture, predict).lines[0][1].box
    third = top + (bottom - top) // 3
    picture[third : third + 4, left:right] = 255
    boxes = [digit.box for digit in read(picture, predict).lines[0]]
    assert len(boxes) == 4
    assert boxes[1] == (left, top, right, bottom)


def test_digits_that_touch_are_parted(chosen: dict[int, Page], predict: Nearest) -> None:
    assert text(page(chosen, ["38"], gap=-2), predict) == "38"


def test_a_cut_follows_the_gap() -> None:
    ink = np.ones((20, 30), np.float32)
    ink[:, 17] = 0.1
    left, right = cut(Piece(5, 7, ink), 2)
    assert (left.left, left.right, right.left, right.right) == (7, 24, 24, 37)
    assert (left.top, right.bottom) == (5, 25)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_an_empty_sheet_has_no_lines(predict: Nearest, value: int) -> None:
    assert read(np.full((200, 300), value, np.uint8), predict) == Reading(())


def test_noise_is_no_reason_to_fail(predict: Nearest) -> None:
    read(np.random.default_rng(0).integers(0, 256, (300, 200), np.uint8), predict)
    read(np.zeros((1, 1), np.uint8), predict)


def diagonals(side: int, count: int) -> Page:
    """Thin lines side by side, each with a box as large as the page."""
    image = Image.new("1", (side, side))
    drawing = ImageDraw.Draw(image)
    for line in range(count):
        start = line * side / (2 * count)
        drawing.line([(start, 5), (start + side / 2, side - 5)], fill=1)
    return np.asarray(image, np.uint8) * np.uint8(255)


def peak_bytes_a_pixel(picture: Page, predict: Nearest) -> float:
    """The most memory that reading takes at once."""
    tracemalloc.start()
    try:
        with contextlib.suppress(TooLargeError):
            read(picture, predict)
        return tracemalloc.get_traced_memory()[1] / picture.size
    finally:
        tracemalloc.stop()


def test_lines_across_the_page_are_refused(predict: Nearest) -> None:
    with pytest.raises(TooLargeError) as caught:
        read(diagonals(1600, 150), predict)
    assert str(caught.value) == (
        "the page has too many marks that run across each other\n"
        "  found: 149 marks, whose boxes cover the page 74 times\n"
        "  to do: crop the picture to the digits; lines, hatching and drawings around them cannot be read"
    )


def test_memory_is_bounded_by_the_size_of_the_page(predict: Nearest) -> None:
    dust = np.zeros((1600, 1600), np.uint8)
    dust[::2, ::2] = 255
    assert peak_bytes_a_pixel(diagonals(1600, 150), predict) < 60  # a copy of each box would take 300
    assert peak_bytes_a_pixel(dust, predict) < 60  # a list of its 640,000 pieces would take 80
