"""What hangs together on a sheet, joined where a stroke broke off, and without what is no digit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from digitlab.preprocess.picture import Picture

_MOST = 500  # pieces of a sheet that are looked at, the largest
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


def find_pieces(ink: Picture) -> list[Piece]:
    """The pieces of ink that may be digits."""
    found = _without_frames(_connected(ink))
    if not found:
        return []
    usual = _usual_height(found)
    parts = [piece for piece in found if piece.height <= _GREATEST * usual and not _is_dust(piece, usual)]
    return [piece for piece in _joined(parts, usual) if piece.height >= _LEAST * usual and not _is_flat(piece)]


def _is_dust(piece: Piece, usual: float) -> bool:
    return max(piece.height, piece.width) <= _DUST * usual


def _is_flat(piece: Piece) -> bool:
    return piece.width >= _FLAT * piece.height


def _connected(ink: Picture) -> list[Piece]:
    """Everything that hangs together, the largest pieces."""
    labels, count = ndimage.label(ink > 0, _AROUND)
    mass = np.bincount(labels.ravel(), ink.ravel(), count + 1)[1:]
    boxes = ndimage.find_objects(labels)
    chosen = np.argsort(-mass, kind="stable")[:_MOST]
    return [
        Piece(boxes[i][0].start, boxes[i][1].start, np.where(labels[boxes[i]] == i + 1, ink[boxes[i]], 0))
        for i in chosen
    ]


def _usual_height(pieces: list[Piece]) -> float:
    """The median of their heights, each counted with its ink, so that specks have no say."""
    pieces = sorted(pieces, key=lambda piece: piece.height)
    mass = np.cumsum([piece.ink.sum() for piece in pieces])
    return float(pieces[int(np.searchsorted(mass, mass[-1] / 2))].height)


def _without_frames(pieces: list[Piece]) -> list[Piece]:
    """Without those whose box holds others that are nearly as high: the boxes of a form."""
    return [
        piece
        for piece in pieces
        if not any(_inside(other, piece) and other.height > piece.height / 3 for other in pieces if other is not piece)
    ]


def _inside(small: Piece, large: Piece) -> bool:
    return (
        large.top < small.top and large.left < small.left and small.bottom < large.bottom and small.right < large.right
    )


def _joined(pieces: list[Piece], usual: float) -> list[Piece]:
    """Each part together with the nearest piece that it may have broken off from, lowest parts first."""
    todo = sorted(pieces, key=lambda piece: piece.height)
    whole: list[Piece] = []
    while todo:
        part = todo.pop(0)
        near = [other for other in todo if part.height < _PART * usual and _belongs(part, other, usual)]
        if near:
            nearest = min(near, key=lambda other: _gap(part, other))
            todo[todo.index(nearest)] = _union(part, nearest)
        else:
            whole.append(part)
    return whole


def _belongs(part: Piece, other: Piece, usual: float) -> bool:
    height = max(part.bottom, other.bottom) - min(part.top, other.top)
    width = max(part.right, other.right) - min(part.left, other.left)
    fits = height <= _JOINED_HEIGHT * usual and width <= _JOINED_WIDTH * usual
    return fits and _gap(part, other) <= _GAP * usual


def _gap(one: Piece, two: Piece) -> int:
    """Pixels between two boxes; 0 where they touch or overlap."""
    across = max(one.left, two.left) - min(one.right, two.right)
    down = max(one.top, two.top) - min(one.bottom, two.bottom)
    return max(across, down, 0)


def _union(one: Piece, two: Piece) -> Piece:
    top, left = min(one.top, two.top), min(one.left, two.left)
    ink = np.zeros((max(one.bottom, two.bottom) - top, max(one.right, two.right) - left), np.float32)
    for piece in (one, two):
        part = ink[piece.top - top : piece.bottom - top, piece.left - left : piece.right - left]
        np.maximum(part, piece.ink, out=part)
    return Piece(top, left, ink)
