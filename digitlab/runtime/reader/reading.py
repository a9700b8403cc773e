"""Reads all digits of a picture, line by line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from digitlab.images.picture import Picture, as_picture
from digitlab.preprocess.pipeline import prepare
from digitlab.runtime.reader.bands import MAX_STRIP_COLUMNS, Band, found_bands, ink_band, whole_band
from digitlab.runtime.reader.boxes import boxes, runs_through
from digitlab.runtime.reader.decoding import Character, decode
from digitlab.runtime.reader.sheet import flat_sheet
from digitlab.runtime.reader.views import views

# Strips uint8 [n, 32, width] → probabilities [n, places, classes]: the line network.
ReadStrips = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

Box = tuple[int, int, int, int]

UNSURE = 0.5  # probability below which a digit is more likely another one, or none
# Mean probability of digits above which the page is not turned, and that of a turned page from which it counts; and
# how many digits there are of the pieces of ink, and in a line, where nothing seems wrong.
_CERTAIN, _TURNED, _MIN_READ, _LONG = 0.97, 0.9, 0.5, 1.5
_FEW = 3  # pieces of ink, of which one digit may be made
_SURE = 0.9  # all digits that were found in single ones of the development pictures had one less probable than that
_ALONE = 0.6  # of its certainty counts that of a digit that is its line: those of a row lie so when it is turned
_LARGER = 2.5  # times as high as those of its surest line, or as low, are no digits of a page
_MOSTLY = 0.5  # of its sure digits must a line keep that lies over a better one, or it is no line
_BESIDE = 0.5  # heights of a digit, within which there is no other line beside it
_CLEARLY = 1.3  # times as many sure digits must a turned page have


@dataclass(frozen=True)
class FoundDigit:
    """One digit of a sheet."""

    box: Box  # left, top, right, bottom in pixels of the picture; the last two lie outside
    label: int
    probability: float

    @property
    def text(self) -> str:
        """The digit, or "?" where it is more likely another one, or none."""
        return str(self.label) if self.probability >= UNSURE else "?"


@dataclass(frozen=True)
class FoundMark:
    """A point or comma, a minus sign or dash, or a slash."""

    box: Box
    text: str  # ".", "-" or "/"
    probability: float


@dataclass(frozen=True)
class Reading:
    """All digits of a sheet, line by line from the top, each line from the left.

    Attributes:
        characters: the digits of each line, with the marks between them that are sure.
        turned: degrees, counterclockwise, by which the picture had to be turned to be read.
        single: all ink as one digit in MNIST's frame, uint8 [28, 28], and its box, if there may be only one.
    """

    characters: tuple[tuple[FoundDigit | FoundMark, ...], ...]
    turned: int = 0
    single: tuple[NDArray[np.uint8], Box] | None = field(default=None, compare=False, repr=False)

    @property
    def lines(self) -> tuple[tuple[FoundDigit, ...], ...]:
        """The digits alone."""
        return tuple(tuple(found for found in line if isinstance(found, FoundDigit)) for line in self.characters)

    @property
    def text(self) -> str:
        """The digits, a line of text for each of theirs; "?" for one that is not sure."""
        return "\n".join("".join(digit.text for digit in line) for line in self.lines)

    @property
    def written(self) -> str:
        """The same with points, minus signs and slashes."""
        return "\n".join("".join(found.text for found in line) for line in self.characters)


Line = tuple[FoundDigit | FoundMark, ...]


def read(picture: NDArray[np.generic], read_strips: ReadStrips, *, upright: bool = False) -> Reading:
    """Find the digits of a picture and read them.

    Args:
        picture: grey, [H, W], as `open_picture` returns it or as uint8.
        read_strips: the line network.
        upright: the picture is known to be so, and no turn is tried.

    Raises:
        UsageError: an array that is no grey picture.
        TooLargeError: far more ink than digits have.
    """
    grey = as_picture(picture)
    page = flat_sheet(grey)
    bands = found_bands(page)
    line, single = _read_ink(grey, read_strips)
    reading = _best_of([*_read_page(page, bands, read_strips), line])
    if not upright and not _is_certain(reading, bands):
        reading = _turned_or_not(reading, page, read_strips)
    return replace(reading, single=single) if _may_be_single(reading) else reading


def _may_be_single(reading: Reading) -> bool:
    """Whether at most one digit was found, or so few and unsure ones that they can be parts of one."""
    digits = [digit for line in reading.lines for digit in line]
    return len(digits) <= 1 or (len(digits) <= _FEW and min(digit.probability for digit in digits) < _SURE)


def _turned_or_not(unturned: Reading, page: Picture, read_strips: ReadStrips) -> Reading:
    """The page as it lies, or turned, if it is then read with more certainty."""
    pages = [(turns, np.rot90(page, turns)) for turns in (1, 2, 3)]
    turned = [
        _turned_back(_best_of(_read_page(side, found_bands(side), read_strips)), turns, page) for turns, side in pages
    ]
    best = max(turned, key=_certainty)
    is_better = _certainty(best) > _CLEARLY * _certainty(unturned) and _mean_probability(best) >= _TURNED
    return best if is_better else unturned


def _is_certain(reading: Reading, bands: list[Band]) -> bool:
    """Whether a page needs not be turned: what was found on it is read, and surely; or it is a single digit."""
    digits, pieces = sum(map(len, reading.lines)), sum(band.pieces for band in bands)
    if digits == 1 and pieces <= _FEW:
        return True
    is_read = digits >= max(_MIN_READ * pieces, _LONG * len(reading.lines))
    return _mean_probability(reading) >= _CERTAIN and is_read


def _read_page(page: Picture, bands: list[Band], read_strips: ReadStrips) -> list[Line]:
    """The lines that were found, and the whole page as one, as a field that was cut out of a form is one."""
    ways = (*bands, whole_band(page))
    return [_read_band(page, band, read_strips) for band in ways if band.columns <= MAX_STRIP_COLUMNS]


def _read_ink(picture: Picture, read_strips: ReadStrips) -> tuple[Line, tuple[NDArray[np.uint8], Box] | None]:
    """All ink as one line, found as in a picture of a single digit, which has less paper than a page.

    Also that ink as one digit in MNIST's frame, with its box; None where there is none.
    """
    prepared = prepare(picture)
    if not prepared.image.any():
        return (), None
    ink = next(step.picture for step in prepared.trace if step.name == "specks")
    scale = len(picture) / len(ink)
    band = ink_band(ink)
    line = _read_band(ink, band, read_strips) if band.columns <= MAX_STRIP_COLUMNS else ()
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    box = _scaled((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1), scale)
    return tuple(replace(found, box=_scaled(found.box, scale)) for found in line), (prepared.image, box)


def _scaled(box: Box, scale: float) -> Box:
    left, top, right, bottom = (round(scale * side) for side in box)
    return left, top, right, bottom


def _best_of(lines: list[Line]) -> Reading:
    """Of lines that lie over each other, the one with more sure digits."""
    kept: list[Line] = []
    for line in sorted(lines, key=_line_certainty, reverse=True):
        if kept and not 1 / _LARGER < _height(line) / _height(kept[0]) < _LARGER:
            continue
        rest = tuple(found for found in line if not any(_over(found, other) for other in kept))
        if _line_certainty(rest) > _MOSTLY * max(0, _line_certainty(line)):
            kept.append(rest)
    return Reading(tuple(sorted(kept, key=_top)))


def _read_band(page: Picture, band: Band, read_strips: ReadStrips) -> Line:
    strip = band.cut(page)
    characters = decode(read_strips(views(strip)).mean(axis=0))
    found = [
        _found(character, band.box(*box))
        for character, box in zip(characters, boxes(characters, strip), strict=True)
        if not (character.text == "1" and runs_through(box))
    ]
    return tuple(each for each in found if isinstance(each, FoundDigit) or each.probability >= UNSURE)


def _found(character: Character, box: Box) -> FoundDigit | FoundMark:
    if character.text.isdigit():
        return FoundDigit(box, int(character.text), character.probability)
    return FoundMark(box, character.text, character.probability)


def _height(line: Line) -> float:
    """Of most of its characters; of an empty line any."""
    return float(np.median([found.box[3] - found.box[1] for found in line])) if line else 1.0


def _top(line: Line) -> float:
    """The mean row of its characters' upper edges."""
    return float(np.mean([found.box[1] for found in line]))


def _over(found: FoundDigit | FoundMark, line: Line) -> bool:
    """Whether the character lies over one of the line, or close beside it."""
    return any(_holds(found.box, other.box) or _holds(other.box, found.box) for other in line)


def _holds(box: Box, other: Box) -> bool:
    x, y, beside = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2, _BESIDE * (box[3] - box[1])
    return box[0] - beside <= x < box[2] + beside and box[1] <= y < box[3]


def _turned_back(reading: Reading, turns: int, page: Picture) -> Reading:
    """The boxes as they lie in the page before it was turned counterclockwise by so many quarters."""
    height, width = page.shape
    lines = tuple(
        tuple(replace(found, box=_box_before(found.box, turns, width, height)) for found in line)
        for line in reading.characters
    )
    return Reading(lines, 90 * turns)


def _box_before(box: Box, turns: int, width: int, height: int) -> Box:
    left, top, right, bottom = box
    if turns == 1:  # row r of the turned page was column width - 1 - r, its column c row c
        return width - bottom, left, width - top, right
    if turns == 2:
        return width - right, height - bottom, width - left, height - top
    return top, height - right, bottom, height - left


def _line_certainty(line: Line) -> float:
    """How many of its digits more are likely right than wrong."""
    return sum(2 * found.probability - 1 for found in line if isinstance(found, FoundDigit))


def _certainty(reading: Reading) -> float:
    return sum(_line_certainty(line) * (1 if len(line) > 1 else _ALONE) for line in reading.characters)


def _mean_probability(reading: Reading) -> float:
    probabilities = [digit.probability for line in reading.lines for digit in line]
    return float(np.mean(probabilities)) if probabilities else 0.0
