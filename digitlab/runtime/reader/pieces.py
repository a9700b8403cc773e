"""What hangs together on a sheet, joined where a stroke broke off, and without what is no digit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from digitlab.images.picture import Picture

_MOST = 500  # pieces of a sheet that are looked at, the largest
# All in heights of the sheet's digits.
_DUST = 0.12  # what is lower and narrower is no part of anything
_PART = 0.65  # what is lower may be a part of a digit
_GAP = 0.2  # between a part and its digit
_JOINED_HEIGHT, _JOINED_WIDTH = 1.8, 1.6  # of a digit with its parts
_LEAST, _GREATEST = 0.4, 2.5  # height of a digit
_FLAT = 4.0  # width of a piece in its own heights: a dash or an underline
# Of a frame, the height of a piece in it; and how many lower ones make it a frame, too.
_NEARLY, _LOW, _SEVERAL = 1 / 3, 0.1, 3
_AROUND = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Piece:
    """Where ink that hangs together lies, in pixels of the sheet; the last row and column lie outside."""

    top: int
    left: int
    bottom: int
    right: int
    mass: float  # of its ink

    @property
    def height(self) -> int:
        """Its rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Its columns."""
        return self.right - self.left


def find_pieces(ink: Picture) -> list[Piece]:
    """The pieces of ink that may be digits, or several that touch."""
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
    mass = np.bincount(labels.ravel(), ink.ravel(), count + 1)
    chosen = np.argsort(-mass[1:], kind="stable")[:_MOST] + 1
    new = np.zeros(count + 1, np.int32)
    new[chosen] = np.arange(1, len(chosen) + 1)
    boxes = ndimage.find_objects(new[labels])  # of these only: noise has a million pieces
    return [
        Piece(rows.start, columns.start, rows.stop, columns.stop, float(mass[label]))
        for label, (rows, columns) in zip(chosen, boxes, strict=True)
    ]


def _usual_height(pieces: list[Piece]) -> float:
    """The median of their heights, each counted with its ink, so that specks have no say."""
    pieces = sorted(pieces, key=lambda piece: piece.height)
    mass = np.cumsum([piece.mass for piece in pieces])
    return float(pieces[int(np.searchsorted(mass, mass[-1] / 2))].height)


def _without_frames(pieces: list[Piece]) -> list[Piece]:
    """Without those whose box holds one that is nearly as high, or several: the boxes of a form, upright or askew."""
    return [piece for piece in pieces if not _is_frame(piece, pieces)]


def _is_frame(piece: Piece, pieces: list[Piece]) -> bool:
    heights = [other.height / piece.height for other in pieces if _inside(other, piece)]
    return any(height > _NEARLY for height in heights) or sum(height > _LOW for height in heights) >= _SEVERAL


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
    return Piece(
        min(one.top, two.top),
        min(one.left, two.left),
        max(one.bottom, two.bottom),
        max(one.right, two.right),
        one.mass + two.mass,
    )
