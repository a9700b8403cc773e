"""One way of writing a digit: pen strokes, each a smooth curve through a few points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Distance between samples on a stroke, in heights of the digit: about 0.6 pixels, so that discs form a smooth line.
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
        """Float64 [samples, points]: `basis @ points` samples all strokes closely."""
        count = self.points.shape[1]
        return np.concatenate([curve @ np.eye(count)[letters] for letters, curve in self._curves()])

    @cached_property
    def end_distance(self) -> Array:
        """Float64 [samples]: how far each sample is from the nearer end of its stroke, in heights."""
        steps = [np.arange(len(curve)) for _, curve in self._curves()]
        return np.concatenate([np.minimum(step, step[::-1]) * SAMPLE_STEP for step in steps])

    def _curves(self) -> list[tuple[list[int], Array]]:
        """For each stroke the indices of its points, and the matrix that draws it, made for the mean shape."""
        mean = self.points.mean(axis=0)
        words = [[ord(letter) - ord("a") for letter in word] for word in self.strokes.split()]
        return [(letters, _curve(mean[letters])) for letters in words]


def _curve(points: Array) -> Array:
    """The matrix [samples, points] that draws a smooth curve through these points or through others near them.

    A cubic Hermite spline with tangents from three neighbours each: Catmull-Rom on centripetal knots, natural ends.
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
