"""Lines of a page as bands: where the digits of a line lie, whatever is between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.errors import TooLargeError
from digitlab.images.picture import Picture
from digitlab.preprocess.strip import HEIGHT, strip
from digitlab.runtime.reader.lines import in_lines
from digitlab.runtime.reader.pieces import Piece, find_pieces
from digitlab.runtime.reader.sheet import sheet_ink

_SHARE = 0.66  # of a strip's height is the height of its digits, as in the lines the network learned from
_TALL = 70  # percent of its pieces are no higher than what counts as the height of a line's digits
_LONG = 3.0  # heights of a digit from which a line's slope can be measured
_BEYOND = 2.0  # heights of a digit that a line is looked at before its first piece and behind its last
MAX_STRIP_COLUMNS = (
    4_096  # columns: 200 digits; a longer one would take too much memory, and has digits of a few pixels
)
MAX_COLUMNS = 40_000  # of all strips of a page: 1,600 digits, in one second


@dataclass(frozen=True)
class Band:
    """A straight line of digits, in pixels of the page.

    Attributes:
        left, right: where it begins and ends.
        middle: the row of its middle at `left`.
        slope: rows a column by which it falls.
        height: of its strip: more than its digits'.
        pieces: of ink that it was found by.
    """

    left: float
    right: float
    middle: float
    slope: float
    height: float
    pieces: int = 0

    @property
    def scale(self) -> float:
        """Pixels of the page for one of the strip."""
        return self.height / HEIGHT

    @property
    def columns(self) -> int:
        """How wide its strip is."""
        return max(8, round((self.right - self.left) / self.scale))

    def cut(self, page: Picture) -> NDArray[np.uint8]:
        """Its strip, uint8 [32, width], out of a page with bright ink."""
        columns = self.columns
        reduce = max(1, int(self.scale))
        top, bottom = self._rows(len(page))
        left, right = max(0, int(self.left)), min(page.shape[1], int(np.ceil(self.right)) + 1)
        part = Image.fromarray(page[top:bottom, left:right])
        if reduce > 1:
            part = part.reduce(reduce)
        step = self.scale / reduce
        x, y = (self.left - left) / reduce, (self.middle - top) / reduce
        turn = np.hypot(1, self.slope)
        across, down = step / turn, step * self.slope / turn
        # Of the strip's pixel (u, v): along the line by u, across it by v - 16.
        place = (across, -down, x + down * HEIGHT / 2, down, across, y - across * HEIGHT / 2)
        line = part.transform((columns, HEIGHT), Image.Transform.AFFINE, place, Image.Resampling.BILINEAR)
        return strip(np.asarray(line))

    def box(self, left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
        """A box of the strip as one of the page: left, top, right, bottom."""
        corners = np.array([(u, v - HEIGHT / 2) for u in (left, right) for v in (top, bottom)]) * self.scale
        turn = np.hypot(1, self.slope)
        x = self.left + (corners[:, 0] - self.slope * corners[:, 1]) / turn
        y = self.middle + (self.slope * corners[:, 0] + corners[:, 1]) / turn
        return round(x.min()), round(y.min()), round(x.max()), round(y.max())

    def _rows(self, height: int) -> tuple[int, int]:
        ends = [self.middle, self.middle + self.slope * (self.right - self.left)]
        return max(0, int(min(ends) - self.height)), max(1, min(height, int(max(ends) + self.height) + 1))


def whole_band(page: Picture) -> Band:
    """The whole page as one line, as of a field that was cut out of a form."""
    height, width = page.shape
    return Band(0, width, height / 2, 0, height)


def ink_band(ink: Picture) -> Band:
    """All ink as one line; there must be some."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    height = float(rows[-1] + 1 - rows[0]) / _SHARE
    margin = height / 4
    return Band(columns[0] - margin, columns[-1] + 1 + margin, (rows[0] + rows[-1] + 1) / 2, 0, height)


def found_bands(page: Picture) -> list[Band]:
    """The lines of a page with bright ink on even paper, from the top (raises TooLargeError: far too much ink)."""
    pieces = find_pieces(sheet_ink(page))
    bands = [_around(line, page.shape[1]) for line in in_lines(pieces)]
    columns = sum(band.columns for band in bands)
    if columns > MAX_COLUMNS:
        raise TooLargeError(
            "the page has far more marks than digits would be",
            found=f"{len(pieces)} marks in {len(bands)} lines, together {columns // HEIGHT} times as long as high",
            remedy="crop the picture to the digits; give a sharper one where the paper is all grain",
        )
    return bands


def _around(line: list[Piece], width: int) -> Band:
    """The band of these pieces, and some paper before and behind them, where digits may have been missed."""
    heights = np.array([piece.height for piece in line])
    digit = float(np.percentile(heights, _TALL))
    across = np.array([(piece.left + piece.right) / 2 for piece in line])
    down = np.array([(piece.top + piece.bottom) / 2 for piece in line])
    slope = 0.0
    if np.ptp(across) > _LONG * digit:
        slope = float(np.polyfit(across, down, 1, w=np.minimum(heights, digit))[0])
    left, right = max(0, line[0].left - _BEYOND * digit), min(width, line[-1].right + _BEYOND * digit)
    middle = float(np.median(down - slope * (across - left)))
    return Band(left, right, middle, slope, digit / _SHARE, len(line))
