"""Labels beside points, placed so that none covers another or a point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

POINTS_PER_INCH = 72
LETTER = 0.62  # mean width of a letter, in font sizes; DejaVu Sans is wide
LINE = 1.35  # height of a line, in font sizes
DOT = 0.09  # inches, half the width of a point with its marker
STEPS, NUDGE = 14, 0.75  # how often, and by how much of a line, a text is moved up and down


class Box(NamedTuple):
    """A rectangle in inches from the lower left corner of the axes."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Box) -> bool:
        """Whether they overlap."""
        across = self.left < other.right and other.left < self.right
        return across and self.bottom < other.top and other.bottom < self.top

    def inside(self, width: float, height: float) -> bool:
        """Whether it fits into axes of this size."""
        return self.left >= 0 and self.bottom >= 0 and self.right <= width and self.top <= height


def place_labels(
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    size: tuple[float, float],
    font_size: float,
    taken: Sequence[Box] = (),
) -> list[Box]:
    """A box for each text: beside its point, or above or below it where there is no room.

    Places are in inches from the lower left corner of axes of this `size`, the font size in points; boxes `taken` are
    not covered either.
    """
    dots = [Box(x - DOT, y - DOT, x + DOT, y + DOT) for x, y in points]
    placed: list[Box] = []
    for point, text in zip(points, texts, strict=True):
        tried = _candidates(point, len(text), font_size)
        free = (box for box in tried if box.inside(*size) and not any(map(box.overlaps, (*placed, *dots, *taken))))
        placed.append(next(free, tried[0]))
    return placed


def _candidates(point: tuple[float, float], letters: int, font_size: float) -> list[Box]:
    """From the nearest to the farthest: right, left and centred, at the point's height, then a line up or down."""
    x, y = point
    width, height = (share * font_size / POINTS_PER_INCH for share in (LETTER * letters, LINE))
    rises = [(step + 1) // 2 * NUDGE * height * (1 if step % 2 else -1) for step in range(2 * STEPS)]
    lefts = (x + 1.3 * DOT, x - 1.3 * DOT - width, x - width / 2)
    return [Box(left, y + rise - height / 2, left + width, y + rise + height / 2) for rise in rises for left in lefts]
