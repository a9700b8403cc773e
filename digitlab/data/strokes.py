"""How people write the ten digits: pen strokes through a few points each.

A `Manner` is one way of writing a digit.  Its points are named by letters; a stroke is a word of these letters and
runs smoothly through its points; where one stroke ends at the point at which the next begins, the line has a corner.
A manner has one or more shapes that differ in where the points lie, so that every mixture of them is a digit, too.

Coordinates are hundredths of the digit's height: x to the right, y downwards.  All were set by eye.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Distance of two samples on a stroke, in heights of the digit: about 0.6 pixels, so discs there make a smooth line.
SAMPLE_STEP = 0.035


@dataclass(frozen=True)
class Manner:
    """One way of writing a digit.

    Attributes:
        digit: which digit it shows.
        share: how common it is among the manners of the digit (they need not sum to one).
        strokes: words of point letters, in the order of writing: "abc cd" is a curve from a to c with a corner at c.
        shapes: a line for each shape, with the points a, b, c, … as "x,y x,y …".
    """

    digit: int
    share: float
    strokes: str
    shapes: str

    @cached_property
    def points(self) -> Array:
        """Float64 [shapes, points, 2], in heights of the digit."""
        rows = [
            [tuple(map(float, pair.split(","))) for pair in shape.split()] for shape in self.shapes.strip().splitlines()
        ]
        return np.array(rows) / 100

    @cached_property
    def basis(self) -> Array:
        """Float64 [samples, points]: `basis @ points` are places close together along all strokes."""
        count = self.points.shape[1]
        return np.concatenate([curve @ np.eye(count)[letters] for letters, curve in self._curves()])

    @cached_property
    def end_distance(self) -> Array:
        """Float64 [samples]: how far each sample is from the nearer end of its stroke, in heights."""
        steps = [np.arange(len(curve)) for _, curve in self._curves()]
        return np.concatenate([np.minimum(step, step[::-1]) * SAMPLE_STEP for step in steps])

    def _curves(self) -> list[tuple[list[int], Array]]:
        """For each stroke the numbers of its points, and the matrix that draws it, made for the mean shape."""
        mean = self.points.mean(axis=0)
        words = [[ord(letter) - ord("a") for letter in word] for word in self.strokes.split()]
        return [(letters, _curve(mean[letters])) for letters in words]


def _curve(points: Array) -> Array:
    """The matrix [samples, points] that draws a smooth curve through these points or through others near them.

    A cubic Hermite spline on centripetal knots, its tangents those of a parabola through three neighbours (Catmull-Rom
    on uneven knots), without a bend at its ends.
    """
    count = len(points)
    chords = np.sqrt(((points[1:] - points[:-1]) ** 2).sum(axis=1))
    gaps = np.sqrt(chords)
    slopes = (np.eye(count)[1:] - np.eye(count)[:-1]) / gaps[:, None]
    tangents = _tangents(slopes, gaps)
    rows = [np.eye(count)[:1]]
    for i, chord in enumerate(chords):
        steps = max(2, int(np.ceil(chord * 1.1 / SAMPLE_STEP)))
        t = (np.arange(1, steps + 1) / steps)[:, None]
        here, there = np.eye(count)[i], np.eye(count)[i + 1]
        rows.append(
            (2 * t**3 - 3 * t**2 + 1) * here
            + (3 * t**2 - 2 * t**3) * there
            + gaps[i] * ((t**3 - 2 * t**2 + t) * tangents[i] + (t**3 - t**2) * tangents[i + 1])
        )
    return np.concatenate(rows)


def _tangents(slopes: Array, gaps: Array) -> Array:
    if len(slopes) == 1:
        return np.concatenate([slopes, slopes])
    before, after = gaps[:-1, None], gaps[1:, None]
    inner = (after * slopes[:-1] + before * slopes[1:]) / (before + after)
    first = 1.5 * slopes[:1] - 0.5 * inner[:1]
    last = 1.5 * slopes[-1:] - 0.5 * inner[-1:]
    return np.concatenate([first, inner, last])


# fmt: off
MANNERS = (
    # 0: one round stroke from the top, to the left; closed, overlapping, left open, begun at the side
    Manner(0, 4, "abcdefghi", """
        44,1 18,14 5,50 16,86 42,99 68,86 80,50 66,14 40,1
        50,6 22,10 5,48 12,84 36,99 66,90 82,54 72,16 34,4
        34,2 12,20 6,52 18,88 44,98 70,84 78,48 68,18 48,10
        60,4 30,4 6,36 6,76 30,99 62,92 80,60 80,22 54,2
    """),
    # 0 with a small loop or a hook where it closes
    Manner(0, 1, "abcdefghijk", """
        46,8 20,8 4,48 14,86 42,99 70,84 80,48 68,14 46,2 34,10 46,20
        40,2 18,16 5,50 16,88 44,99 70,84 78,46 64,12 40,8 34,22 52,26
        60,14 24,6 4,46 14,86 42,99 70,84 80,44 72,10 52,4 44,12 54,20
    """),
    # 1: a bar
    Manner(1, 8, "abc", """
        20,0 20,50 20,100
        23,0 20,50 17,100
        20,0 23,50 20,100
        22,0 18,50 22,100
    """),
    # 1 with a flag, with flag and foot, with a foot
    Manner(1, 0.7, "ab bcd", """
        2,26 34,0 33,50 32,100
        10,14 32,0 32,50 32,100
        6,34 30,2 32,50 32,100
    """),
    Manner(1, 0.5, "ab bcd ef", """
        8,24 36,0 36,50 36,99 4,98 68,98
        14,16 34,0 35,50 35,98 12,100 60,97
    """),
    Manner(1, 0.2, "abc de", """
        34,0 34,50 34,98 8,99 62,98
        36,0 34,50 32,98 14,98 56,98
    """),
    # 2 with a corner at the foot
    Manner(2, 3, "abcdef fgh", """
        6,22 28,3 58,6 66,30 42,64 4,97 38,95 80,96
        10,30 20,6 56,0 72,24 50,60 8,94 44,90 82,98
        4,12 36,2 66,8 62,34 34,68 2,98 34,98 70,92
        14,8 44,2 70,12 64,38 40,66 10,90 50,92 90,88
    """),
    # 2 with a loop at the foot
    Manner(2, 3, "abcdefghijk", """
        8,20 32,2 60,10 60,40 36,76 12,92 4,82 18,74 42,84 66,94 92,84
        4,30 22,4 58,2 70,32 44,74 14,96 0,84 16,72 44,86 70,96 98,88
        16,14 40,0 64,14 58,46 38,72 20,84 10,80 20,76 44,84 70,88 100,78
        2,16 30,4 54,16 50,48 32,78 12,98 2,90 12,80 38,88 60,96 84,92
    """),
    # 3 round, with a turn or a small loop in the middle
    Manner(3, 4, "abcde efghij", """
        8,14 32,1 60,8 58,34 26,46 52,50 72,68 62,92 32,100 4,88
        4,10 34,0 62,10 52,36 30,46 58,52 68,74 54,94 26,99 2,92
        14,18 38,2 60,12 54,34 22,48 54,46 80,62 72,88 40,100 6,92
        10,8 40,2 70,12 60,36 36,48 60,54 68,72 52,92 26,98 4,84
    """),
    Manner(3, 1.2, "abcdefghijk", """
        8,12 36,0 62,12 54,36 34,48 26,44 36,46 64,56 72,78 44,99 4,90
        6,16 34,2 60,12 56,34 36,52 22,50 34,42 66,54 70,80 40,98 4,86
        10,8 38,0 64,10 58,34 42,46 32,48 40,50 62,56 68,80 40,99 8,94
    """),
    # 3 with a flat top
    Manner(3, 0.4, "abc cd defgh", """
        6,6 38,4 70,4 34,40 62,46 74,70 48,98 4,90
        4,4 34,2 64,6 40,36 66,44 72,74 42,99 8,96
    """),
    # 4 open: the angle first, then the stem
    Manner(4, 4, "abc cde fgh", """
        18,2 10,30 4,54 40,52 82,50 68,0 62,50 56,100
        26,4 16,28 2,56 36,58 74,56 64,8 60,54 54,100
        12,8 8,34 10,58 40,56 70,52 62,14 60,56 60,100
        32,0 18,28 0,58 46,52 96,44 66,22 58,60 50,100
    """),
    # 4 open, with a round bowl that ends in the stem
    Manner(4, 3, "abcdef ghi", """
        12,4 4,34 12,54 34,56 54,46 66,30 68,0 60,50 50,100
        8,10 6,36 16,52 36,52 54,40 62,20 66,4 60,50 54,100
        16,0 4,30 8,52 30,56 52,50 64,42 66,8 62,54 58,100
    """),
    # 4 closed
    Manner(4, 1.6, "abc cde fgh", """
        58,0 28,32 2,62 40,62 86,60 56,0 56,50 54,100
        50,4 26,32 4,58 40,56 74,52 56,2 54,50 50,100
        52,2 20,30 4,50 34,54 62,50 60,4 56,50 48,100
    """),
    # 5: stem and bowl, with the top bar joined or apart
    Manner(5, 4, "ab bcdefg hij", """
        24,6 18,44 42,38 68,52 66,82 36,99 4,88 24,6 50,4 78,2
        30,10 16,42 44,40 62,56 58,82 32,98 2,92 28,8 56,8 90,4
        18,6 14,46 40,34 72,48 72,82 38,100 2,86 20,4 44,4 70,6
        36,8 18,46 42,44 60,58 52,82 26,98 0,90 38,10 68,2 102,0
    """),
    # 5 in one smooth line
    Manner(5, 1.2, "abcdefghi", """
        80,4 52,4 30,12 22,34 42,46 64,60 62,84 36,98 4,90
        90,2 60,4 34,14 20,38 40,46 56,60 48,84 24,98 0,92
        66,6 44,2 22,14 20,36 42,46 64,58 66,80 40,98 8,86
    """),
    # 6
    Manner(6, 4, "abcdefghij", """
        54,0 26,22 8,52 6,78 26,98 54,92 66,72 52,56 28,62 10,80
        40,0 18,24 6,54 6,80 26,99 52,94 64,76 48,62 26,70 12,84
        66,2 34,16 10,44 4,76 30,99 62,90 72,66 52,50 26,58 10,72
        32,0 18,26 8,56 10,84 32,99 58,88 62,64 44,52 24,60 12,76
    """),
    # 6 with the loop left open or running through the stem
    Manner(6, 1, "abcdefghij", """
        44,0 20,26 6,56 10,86 34,99 60,88 64,64 46,52 24,60 2,72
        50,0 24,24 6,54 8,84 32,99 62,88 68,62 50,50 34,56 26,66
        28,0 14,28 6,58 10,88 34,99 58,90 60,70 44,60 30,68 24,80
    """),
    # 7 with a corner
    Manner(7, 4, "abc cdef", """
        4,10 36,6 70,6 54,36 40,66 30,100
        2,16 34,8 68,2 56,34 44,66 38,100
        6,4 38,4 66,8 52,36 36,68 20,100
        4,14 30,12 60,10 56,40 50,70 48,100
    """),
    # 7 with a hook at its start
    Manner(7, 1.6, "ab bcd defg", """
        4,28 6,6 38,8 68,4 54,36 42,66 34,100
        2,22 8,10 34,10 60,8 54,38 46,68 42,100
    """),
    # 7 with a round shoulder
    Manner(7, 1.4, "abcdefg", """
        2,24 20,8 46,4 66,10 60,38 46,68 34,100
        4,14 22,4 46,6 62,18 58,44 48,70 40,100
    """),
    # 7 crossed
    Manner(7, 0.8, "abc cdef gh", """
        4,10 36,6 70,6 54,36 40,66 30,100 22,54 70,50
        2,18 30,6 66,4 54,36 42,66 36,100 18,48 78,46
    """),
    # 8 in one stroke, from the top right
    Manner(8, 4, "abcdefghijk", """
        58,12 36,0 12,14 16,36 44,54 62,76 40,99 12,88 14,68 40,46 60,14
        64,8 40,2 14,16 20,38 46,56 54,80 32,99 8,86 16,66 44,42 66,14
        52,8 34,2 14,18 22,40 50,58 64,80 40,99 10,92 8,72 34,50 54,18
        70,10 44,0 16,14 22,36 48,54 56,80 32,99 4,88 10,68 42,46 70,22
    """),
    # 8 as two loops
    Manner(8, 1.5, "abcdefg hijklmno", """
        36,2 14,12 16,36 36,46 56,36 58,12 36,2 36,46 12,58 6,82 34,99 62,84 58,60 36,46 30,44
        40,0 18,12 18,34 38,44 58,30 58,10 36,2 38,44 16,62 12,86 36,99 58,82 56,58 38,46 30,48
    """),
    # 9 with a corner at the top right, and a straight tail
    Manner(9, 4, "abcdef fghi", """
        58,10 34,0 8,20 10,44 36,46 60,14 58,44 54,72 50,100
        64,8 38,2 12,20 14,42 40,42 62,12 56,42 46,72 34,100
        52,4 28,4 6,26 14,48 40,40 56,10 56,40 56,72 54,100
    """),
    # 9 in one smooth line, the tail straight or curved
    Manner(9, 3, "abcdefghijk", """
        56,16 36,2 12,16 8,38 28,48 50,34 60,10 60,36 54,64 46,84 40,100
        58,12 34,2 10,18 10,40 30,46 50,32 60,14 62,42 54,76 32,96 6,92
        62,10 38,0 14,16 12,38 32,46 54,32 64,12 60,38 48,66 34,86 22,100
    """),
)
# fmt: on
