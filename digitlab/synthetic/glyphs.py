"""Single characters as ink, in any size: digits of MNIST, drawn ones, printed ones, and what stands around numbers."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from digitlab.images.picture import Picture, resized
from digitlab.synthetic.continental import CONTINENTAL
from digitlab.synthetic.digits import path
from digitlab.synthetic.manner import Array, Manner
from digitlab.synthetic.non_digits import LETTERS
from digitlab.synthetic.strokes import MANNERS

PATHS = 64  # pen paths kept of each manner; bent and slanted anew at each use
_PRINTED = 48  # pixels of printed digits before they get their size
_FINE = 2  # pens are drawn so much larger, then reduced: smooth edges
_FONTS = (
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSansMono"),
    *("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "cmr10", "cmss10", "cmtt10"),
)
# Characters that hands add to numbers; strokes and places as in `synthetic.strokes`, heights as in a digit's.
MARKS = {
    "x": "ab cd 6,30 70,96 66,30 4,98",
    "+": "ab cd 0,55 70,55 35,22 35,90",
    "=": "ab cd 0,44 66,42 2,66 68,64",
    "$": "abcdef gh 64,22 30,12 10,34 64,62 44,88 4,80 36,0 34,100",
    "#": "ab cd ef gh 30,8 18,96 66,6 54,94 2,36 84,34 0,68 80,66",
    "'": "ab 6,0 0,26",
    '"': "ab cd 6,0 0,28 30,0 24,28",
    "°": "abcdea 16,0 0,14 12,32 30,18 18,0",
    "(": "abc 30,0 6,50 30,100",
    ")": "abc 2,0 26,50 2,100",
}


@dataclass(frozen=True)
class Hand:
    """How one writer writes one line: kept from digit to digit.

    Attributes:
        height: of a digit in pixels.
        pen: half the width of the line, in heights.
        slant: columns a row.
        sharpness: of the edges of MNIST's digits.
        boldness: by which their limit is shifted, from -0.2, thin, to 0.25, bold.
    """

    height: float
    pen: float
    slant: float
    sharpness: float
    boldness: float


class Glyphs:
    """All the characters that lines are composed of.

    Args:
        images: uint8 [N, 28, 28] in MNIST's frame.
        labels: of their digits, int64 [N].
        seed: of the pen paths.
    """

    def __init__(self, images: NDArray[np.uint8], labels: NDArray[np.int64], seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._images = [images[labels == digit] for digit in range(10)]
        manners = [manner for manner in (*MANNERS, *CONTINENTAL) if manner.share > 0]
        self._paths = [[_paths(m, rng) for m in manners if m.digit == digit] for digit in range(10)]
        shares = [np.array([m.share for m in manners if m.digit == digit]) for digit in range(10)]
        self._shares = [share / share.sum() for share in shares]
        self._letters = [_paths(letter, rng) for letter in LETTERS]
        self._marks = {mark: _paths(_manner(mark), rng) for mark in MARKS}

    def scanned(self, digit: int, hand: Hand, rng: np.random.Generator) -> Picture:
        """A digit of the images."""
        image = self._images[digit][rng.integers(len(self._images[digit]))]
        rows = np.flatnonzero(image.any(axis=1))
        ink = image[rows[0] : rows[-1] + 1]
        height = max(4, round(hand.height))
        scale, slant = len(ink) / height, hand.slant + rng.normal(0, 0.05)
        reach = round(28 / scale + abs(slant) * height)
        shift = 14 - scale * (reach / 2 - slant * height / 2)
        placed = Image.fromarray(ink).transform(
            (reach, height),
            Image.Transform.AFFINE,
            (scale, scale * slant, shift - scale * slant * height, 0, scale, 0),
            Image.Resampling.BICUBIC,
        )
        level = _ink(placed)
        return _cropped(np.clip((level - 0.5 + hand.boldness) * hand.sharpness + 0.5, 0, 1))

    def drawn(self, digit: int, hand: Hand, rng: np.random.Generator) -> Picture:
        """A digit written by program."""
        paths = self._paths[digit][rng.choice(len(self._shares[digit]), p=self._shares[digit])]
        return _written(paths, hand, rng)

    def letter(self, hand: Hand, rng: np.random.Generator) -> Picture:
        """A letter or sign that no digit looks like."""
        return _written(self._letters[rng.integers(len(self._letters))], hand, rng)

    def mark(self, mark: str, hand: Hand, rng: np.random.Generator) -> Picture:
        """One of `MARKS`."""
        return _written(self._marks[mark], hand, rng)


def printed(text: str, font: int, height: float) -> Picture:
    """Printed characters, their digits of this height."""
    drawn_with = _font(font % len(_FONTS))
    left, top, right, bottom = (round(side) for side in drawn_with.getbbox(text))
    image = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(image).text((-left, -top), text, 255, drawn_with)
    scale = height / _PRINTED
    shape = max(1, round(image.height * scale)), max(1, round(image.width * scale))
    return resized(_ink(image), shape)


@functools.cache
def _font(number: int) -> ImageFont.FreeTypeFont:
    import matplotlib

    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{_FONTS[number]}.ttf"
    return ImageFont.truetype(path, round(_PRINTED / 0.72))  # digits are 0.72 of the size of these fonts


def _manner(mark: str) -> Manner:
    words = MARKS[mark].split()
    strokes = [word for word in words if "," not in word]
    return Manner(-1, 1, " ".join(strokes), " ".join(word for word in words if "," in word))


def _paths(manner: Manner, rng: np.random.Generator) -> list[list[Array]]:
    """Pen paths of a manner: of each its strokes, float64 [samples, 2], a digit's height being 1."""
    places = path(manner, PATHS, rng)
    ends = np.flatnonzero((manner.end_distance[:-1] == 0) & (manner.end_distance[1:] == 0)) + 1
    return [np.split(place, ends) for place in places]


def _written(paths: list[list[Array]], hand: Hand, rng: np.random.Generator) -> Picture:
    strokes = paths[rng.integers(len(paths))]
    slant, radius = hand.slant + rng.normal(0, 0.05), hand.pen * hand.height * _FINE
    scale = hand.height * _FINE - 2 * radius
    places = [stroke @ np.array([[1, 0], [-slant, 1]]) * scale for stroke in strokes]
    low = np.min([stroke.min(axis=0) for stroke in places], axis=0)
    high = np.max([stroke.max(axis=0) for stroke in places], axis=0)
    width, height = (int(side) for side in np.ceil(high - low + 2 * radius + 2))
    image = Image.new("L", (width + width % 2, height + height % 2))
    drawing, thick = ImageDraw.Draw(image), max(1, round(2 * radius))
    for stroke in places:
        points = [(x, y) for x, y in (stroke - low + radius + 0.5).tolist()]
        drawing.line(points, 255, thick)
        if thick > 2:
            for x, y in points[:: max(1, thick // 4)] + points[-1:]:
                drawing.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    return _cropped(_ink(image.reduce(_FINE)))


def _cropped(ink: Picture) -> Picture:
    seen = ink > 0.1
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return ink
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def dot(size: float) -> Picture:
    """A point of this diameter in pixels."""
    side = max(2, round(size))
    around = np.hypot(*np.indices((side, side)) - (side - 1) / 2)
    return np.asarray(np.clip(side / 2 - around + 0.5, 0, 1), np.float32)


def bar(length: float, rise: float, thick: float, rng: np.random.Generator) -> Picture:
    """A stroke of this length across and this many rows up, a little bent."""
    along = np.linspace(0, 1, 12)
    bend = rng.normal(0, 0.04) * length * np.sin(np.pi * along)
    x, y = along * length, (1 - along) * max(rise, 0) + along * max(-rise, 0) + bend
    y -= y.min()
    thick = max(1, round(thick * _FINE))
    size = (round(length * _FINE) + thick + 2, round(float(y.max()) * _FINE) + thick + 2)
    image = Image.new("L", (size[0] + size[0] % 2, size[1] + size[1] % 2))
    points = [(a * _FINE + thick / 2, b * _FINE + thick / 2) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    ImageDraw.Draw(image).line(points, 255, thick)
    return _ink(image.reduce(_FINE))


def _ink(image: Image.Image) -> Picture:
    return np.asarray(np.asarray(image) / 255, np.float32)
