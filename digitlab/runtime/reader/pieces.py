"""What hangs together on a sheet, joined where a stroke broke off, and without what is no digit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from digitlab.errors import TooLargeError
from digitlab.images.picture import Picture

_MOST = 500  # pieces of a sheet that are looked at, the largest
# Sheets that the boxes of all digits may cover together.  Digits lie side by side, so those of a real page cover less
# than one; 460 diagonal lines on one page cover 160, and each pixel of a box is copied.
_MOST_COVERED = 4
# All in heights of the sheet's digits.
_DUST = 0.12  # what is lower and narrower is no part of anything
_PART = 0.65  # what is lower may be a part of a digit
_GAP = 0.2  # between a part and its digit
_JOINED_HEIGHT, _JOINED_WIDTH = 1.8, 1.6  # of a digit with its parts
_LEAST, _GREATEST = 0.4, 2.5  # height of a digit
_FLAT = 4.0  # width of a piece in its own heights: a dash or an underline
_AROUND = np.ones((3, 3), bool)


@dataclass(frozen=True, eq=False)
class Piece:
    """Ink, [height, width], with its place on the sheet in pixels."""

    top: int
    left: int
    ink: Picture

    @property
    def height(self) -> int:
        """Its rows."""
        return len(self.ink)

    @property
    def width(self) -> int:
        """Its columns."""
        return len(self.ink[0])

    @property
    def bottom(self) -> int:
        """The row below it."""
        return self.top + self.height

    @property
    def right(self) -> int:
        """The column to its right."""
        return self.left + self.width


@dataclass(frozen=True)
class _Mark:
    """What hangs together, or parts of one digit: only where it lies, so that it costs nothing however large."""

    top: int
    left: int
    bottom: int
    right: int
    mass: float  # of its ink
    labels: tuple[int, ...]  # of its parts

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left


def find_pieces(ink: Picture) -> list[Piece]:
    """The pieces of ink that may be digits (raises TooLargeError: far more ink than digits have)."""
    labels, found = _connected(ink)
    found = _without_frames(found)
    if not found:
        return []
    usual = _usual_height(found)
    parts = [mark for mark in found if mark.height <= _GREATEST * usual and not _is_dust(mark, usual)]
    marks = [mark for mark in _joined(parts, usual) if mark.height >= _LEAST * usual and not _is_flat(mark)]
    _refuse_tangle(marks, ink.size)
    return [_taken(mark, ink, labels) for mark in marks]


def _taken(mark: _Mark, ink: Picture, labels: NDArray[np.int32]) -> Piece:
    box = slice(mark.top, mark.bottom), slice(mark.left, mark.right)
    return Piece(mark.top, mark.left, np.where(np.isin(labels[box], mark.labels), ink[box], np.float32(0)))


def _refuse_tangle(marks: list[_Mark], pixels: int) -> None:
    covered = sum(mark.height * mark.width for mark in marks) / pixels
    if covered > _MOST_COVERED:
        raise TooLargeError(
            "the page has too many marks that run across each other",
            found=f"{len(marks)} marks, whose boxes cover the page {covered:.0f} times",
            remedy="crop the picture to the digits; lines, hatching and drawings around them cannot be read",
        )


def _is_dust(mark: _Mark, usual: float) -> bool:
    return max(mark.height, mark.width) <= _DUST * usual


def _is_flat(mark: _Mark) -> bool:
    return mark.width >= _FLAT * mark.height


def _connected(ink: Picture) -> tuple[NDArray[np.int32], list[_Mark]]:
    """Everything that hangs together, the largest pieces, with the label of each pixel; all others have label 0."""
    labels, count = ndimage.label(ink > 0, _AROUND)
    mass = np.bincount(labels.ravel(), ink.ravel(), count + 1)
    chosen = np.argsort(-mass[1:], kind="stable")[:_MOST] + 1
    new = np.zeros(count + 1, np.int32)
    new[chosen] = np.arange(1, len(chosen) + 1)
    labels = new[labels]  # before their boxes are looked for: noise has a million pieces
    boxes = ndimage.find_objects(labels)
    return labels, [
        _Mark(rows.start, columns.start, rows.stop, columns.stop, float(mass[old]), (label,))
        for label, (old, (rows, columns)) in enumerate(zip(chosen, boxes, strict=True), 1)
    ]


def _usual_height(marks: list[_Mark]) -> float:
    """The median of their heights, each counted with its ink, so that specks have no say."""
    marks = sorted(marks, key=lambda mark: mark.height)
    mass = np.cumsum([mark.mass for mark in marks])
    return float(marks[int(np.searchsorted(mass, mass[-1] / 2))].height)


def _without_frames(marks: list[_Mark]) -> list[_Mark]:
    """Without those whose box holds others that are nearly as high: the boxes of a form."""
    return [
        mark
        for mark in marks
        if not any(_inside(other, mark) and other.height > mark.height / 3 for other in marks if other is not mark)
    ]


def _inside(small: _Mark, large: _Mark) -> bool:
    return (
        large.top < small.top and large.left < small.left and small.bottom < large.bottom and small.right < large.right
    )


def _joined(marks: list[_Mark], usual: float) -> list[_Mark]:
    """Each part together with the nearest mark that it may have broken off from, lowest parts first."""
    todo = sorted(marks, key=lambda mark: mark.height)
    whole: list[_Mark] = []
    while todo:
        part = todo.pop(0)
        near = [other for other in todo if part.height < _PART * usual and _belongs(part, other, usual)]
        if near:
            nearest = min(near, key=lambda other: _gap(part, other))
            todo[todo.index(nearest)] = _union(part, nearest)
        else:
            whole.append(part)
    return whole


def _belongs(part: _Mark, other: _Mark, usual: float) -> bool:
    height = max(part.bottom, other.bottom) - min(part.top, other.top)
    width = max(part.right, other.right) - min(part.left, other.left)
    fits = height <= _JOINED_HEIGHT * usual and width <= _JOINED_WIDTH * usual
    return fits and _gap(part, other) <= _GAP * usual


def _gap(one: _Mark, two: _Mark) -> int:
    """Pixels between two boxes; 0 where they touch or overlap."""
    across = max(one.left, two.left) - min(one.right, two.right)
    down = max(one.top, two.top) - min(one.bottom, two.bottom)
    return max(across, down, 0)


def _union(one: _Mark, two: _Mark) -> _Mark:
    return _Mark(
        min(one.top, two.top),
        min(one.left, two.left),
        max(one.bottom, two.bottom),
        max(one.right, two.right),
        one.mass + two.mass,
        one.labels + two.labels,
    )
