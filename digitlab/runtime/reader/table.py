"""The numbers of a sheet as a table: rows are its lines, columns what stands below each other."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitlab.runtime.reader.reading import Box, FoundDigit, FoundMark, Reading

# In heights of a digit, from the middle of one character to that of the next: nearer ones belong to one number, and
# those further than the second to two.  Handwritten tables and sudokus part between the two.
_ONE, _TWO = 0.9, 1.35

Found = FoundDigit | FoundMark
Number = tuple[float, str]  # where its middle is, and how it is written


def table_of(reading: Reading) -> list[list[str]]:
    """The numbers as they are written, row by row, "" where a cell is empty.

    Columns are those of most rows: where the numbers of a row are as many as in most others.
    """
    if not reading.characters:
        return []
    lines = [[(_upright(found.box, reading.turned), found) for found in line] for line in reading.characters]
    height = float(
        np.median([box[3] - box[1] for line in lines for box, found in line if isinstance(found, FoundDigit)])
    )
    apart = _apart([two - one for line in lines for one, two in pairwise(_middles(line))], height)
    rows = [_numbers(line, apart) for line in lines]
    usual = Counter(len(row) for row in rows).most_common(1)[0][0]
    columns = np.median([[middle for middle, _ in row] for row in rows if len(row) == usual], axis=0)
    return [_cells(row, columns) for row in rows]


def _apart(distances: list[float], height: float) -> float:
    """The distance that parts two numbers: in the widest gap between the distances that there are."""
    least = _ONE * height
    steps = [least, *sorted(distance for distance in distances if distance > least), np.inf]
    gaps = [(two / one, one) for one, two in pairwise(steps) if one <= _TWO * height]
    ratio, one = max(gaps)
    return float(one * min(ratio, 2) ** 0.5)


def _numbers(line: list[tuple[Box, Found]], apart: float) -> list[Number]:
    middles = _middles(line)
    cuts = [place for place, (one, two) in enumerate(pairwise(middles), 1) if two - one > apart]
    return [
        (float(np.mean(middles[start:end])), "".join(found.text for _, found in line[start:end]))
        for start, end in pairwise([0, *cuts, len(line)])
    ]


def _middles(line: list[tuple[Box, Found]]) -> list[float]:
    return [(left + right) / 2 for (left, _, right, _), _ in line]


def _cells(row: list[Number], columns: NDArray[np.float64]) -> list[str]:
    """Each number in the nearest column."""
    cells = [""] * len(columns)
    for middle, text in row:
        column = int(np.argmin(np.abs(columns - middle)))
        cells[column] = f"{cells[column]} {text}".strip()
    return cells


def _upright(box: Box, turned: int) -> Box:
    """The box in the page as it was read; only differences count, so that its origin does not matter."""
    left, top, right, bottom = box
    return {
        0: box,
        90: (top, -right, bottom, -left),
        180: (-right, -bottom, -left, -top),
        270: (-bottom, left, -top, right),
    }[turned]
