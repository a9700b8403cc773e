"""Digits drawn by program, so that everything runs without a network.

Each image starts from one manner of writing a digit (`strokes.py`): its points are jittered, bent, slanted and
stretched, drawn with a pen of varying pressure, and brought into the frame of MNIST: white ink on black, the ink box
fitted into 20×20 pixels, the centre of mass at pixel index 14.0.

The constants were chosen by eye and by trial, compared with MNIST's training part; nothing is read from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from digitlab.synthetic.manner import Array, Manner
from digitlab.synthetic.raster import REACH, centre, fit, rasterise

# Part of the cache file's name: increase it whenever a change here or in an import changes a single pixel.
VERSION = 1
CLASSES = 10
BLOCK = 512  # images drawn together: enough to be fast, few enough for the processor's cache
# Dirichlet parameter of the mixtures of a manner's shapes: small, so that most are near one shape.
CONCENTRATION = 0.25
# Half the line width in pixels: its median, and the standard deviation of its logarithm (that of 1 varies most).
HALF_WIDTH = 1.25
HALF_WIDTH_SPREAD = 0.28
HALF_WIDTH_SPREAD_OF_1 = 0.4
# Median displacement of a point, in heights of the digit.
JITTER = 0.045


def blocks(
    labels: NDArray[np.int64], manners: Sequence[Manner], rng: np.random.Generator
) -> Iterator[tuple[Manner, NDArray[np.int64]]]:
    """Choose a manner for each label; yield each manner with the indices of up to BLOCK images written in it."""
    chosen = np.empty(len(labels), np.int64)
    for digit in range(CLASSES):
        numbers = [number for number, manner in enumerate(manners) if manner.digit == digit]
        shares = np.array([manners[number].share for number in numbers])
        members = labels == digit
        chosen[members] = rng.choice(numbers, members.sum(), p=shares / shares.sum())
    for number, manner in enumerate(manners):
        members = np.flatnonzero(chosen == number)
        for start in range(0, len(members), BLOCK):
            yield manner, members[start : start + BLOCK]


def draw(manner: Manner, count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """`count` images of one manner, uint8 [count, 28, 28]."""
    places = path(manner, count, rng)
    radius = _half_width(manner, count, rng)
    places, radius = fit(places, radius, rng)
    ink = rasterise(places, radius)
    return centre(np.rint(ink * 255).astype(np.uint8))


def path(manner: Manner, count: int, rng: np.random.Generator) -> Array:
    """The path of the pen: float64 [count, samples, 2], the digit about 1 high around the origin."""
    mixture = rng.dirichlet(np.full(len(manner.points), CONCENTRATION), count)
    points = np.einsum("cs,spk->cpk", mixture, manner.points)
    points += _jitter(points.shape, rng)
    places = np.einsum("sp,cpk->csk", manner.basis, points)
    places -= (places.min(axis=1, keepdims=True) + places.max(axis=1, keepdims=True)) / 2
    return _lean(_bend(places, rng), manner, rng)


def _jitter(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """The displacement of each point, correlated with its neighbours', so that curves stay round."""
    noise = rng.standard_normal(shape)
    together = noise.copy()
    together[:, 1:] += noise[:, :-1]
    together[:, :-1] += noise[:, 1:]
    off = together / np.sqrt(3) + 0.4 * rng.standard_normal(shape)
    off = np.clip(off, -1.6, 1.6)  # a far outlier could turn it into another digit
    sloppy: Array = rng.lognormal(np.log(JITTER), 0.3, (shape[0], 1, 1)) * off
    return sloppy


def _bend(places: Array, rng: np.random.Generator) -> Array:
    """A small elastic warp: displacement by two long waves across the digit."""
    count = len(places)
    bent = places.copy()
    for _ in range(2):
        wave = 2 * np.pi * rng.normal(0, 0.6, (2, count, 1))
        phase = rng.uniform(0, 2 * np.pi, (count, 1))
        height = rng.normal(0, 0.04, (count, 1, 2))
        across = places[..., 0] * wave[0] + places[..., 1] * wave[1] + phase
        bent += np.sin(across)[..., None] * height
    return bent


def _lean(places: Array, manner: Manner, rng: np.random.Generator) -> Array:
    """Stretch, slant and rotate."""
    count = len(places)
    aspect = np.exp(rng.normal(0, 0.2, (count, 1)))
    slant = rng.normal(0.25 if manner.digit == 1 else 0.12, 0.25, (count, 1))
    turn = rng.normal(0, 0.08, (count, 1))
    x, y = places[..., 0] * aspect, places[..., 1]
    x = x - slant * y
    return np.stack([np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y], axis=-1)


def _half_width(manner: Manner, count: int, rng: np.random.Generator) -> Array:
    """Half the line width at each sample, in pixels: float64 [count, samples]."""
    spread = HALF_WIDTH_SPREAD_OF_1 if manner.digit == 1 else HALF_WIDTH_SPREAD
    half = np.clip(rng.lognormal(np.log(HALF_WIDTH), spread, (count, 1)), 0.6, 3.0)
    way = np.linspace(0, 1, len(manner.basis))
    turns = rng.uniform(0.5, 2, (count, 1)) * way + rng.uniform(0, 1, (count, 1))
    pressure = 1 + rng.uniform(0, 0.2, (count, 1)) * np.sin(2 * np.pi * turns)
    taper = rng.uniform(-0.1, 0.35, (count, 1)) * np.exp(-manner.end_distance / 0.08)
    return np.clip(half * pressure * (1 - taper), 0.5, REACH - 0.5)
