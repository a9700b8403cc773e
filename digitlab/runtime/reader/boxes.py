"""Where in a strip each character is: the network says only how far along the line its middle lies."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitlab.preprocess.strip import HEIGHT
from digitlab.runtime.reader.decoding import Character

Box = tuple[float, float, float, float]  # left, top, right, bottom
Span = tuple[int, int]  # the first pixel, and the one behind the last

_INK = 100  # of 255: what is fainter is paper or the soft edge of a stroke
_WIDEST = 13.0  # columns to either side of the middle
_NEAR = 4  # columns to either side of the middle in which there is some of the character's ink
_GAP = 3  # pixels without ink between two parts of a character, as below the bar of a 5
_RULE = 0.9  # of the columns: a row with so much ink is a printed line


def boxes(characters: list[Character], strip: NDArray[np.uint8]) -> list[Box]:
    """Of each character left, top, right and bottom: the ink that hangs together around its middle."""
    if not characters:
        return []
    centres = [character.centre for character in characters]
    ends = [-np.inf, *((one + other) / 2 for one, other in pairwise(centres)), np.inf]
    width = strip.shape[1]
    return [
        _box(strip, max(0, before, centre - _WIDEST), min(width, after, centre + _WIDEST), centre)
        for centre, before, after in zip(centres, ends[:-1], ends[1:], strict=True)
    ]


def runs_through(box: Box) -> bool:
    """Whether the ink goes on above and below the strip, as that of an upright rule does and that of a 1 does not."""
    return box[1] == 0 and box[3] == HEIGHT


def _box(strip: NDArray[np.uint8], start: float, end: float, centre: float) -> Box:
    first = int(start)
    ink: NDArray[np.bool_] = strip[:, first : int(np.ceil(end))] >= _INK
    ink[ink.mean(axis=1) > _RULE] = False
    middle = round(centre) - first
    left, right = _together(np.flatnonzero(ink.any(axis=0)), (middle - _NEAR, middle + _NEAR))
    top, bottom = _together(np.flatnonzero(ink[:, left:right].any(axis=1)), (HEIGHT // 4, HEIGHT - HEIGHT // 4))
    return first + left, top, first + right, bottom


def _together(places: NDArray[np.int64], core: Span) -> Span:
    """From the first to the last place with ink that hangs together with ink in the core; without any, the core."""
    inside = (places >= core[0]) & (places < core[1])
    if not inside.any():
        return max(0, core[0]), core[1]
    parts = np.split(places, np.flatnonzero(np.diff(places) > _GAP) + 1)
    seen = [part for part in parts if part[-1] >= core[0] and part[0] < core[1]]
    return int(seen[0][0]), int(seen[-1][-1]) + 1
