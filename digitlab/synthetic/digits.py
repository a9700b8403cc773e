"""Digits drawn by program, so that everything runs without a network.

Each image is written as a hand writes it: a manner of writing the digit (`strokes.py`), its points jittered, bent,
slanted and stretched, drawn with a pen whose pressure changes on the way, and brought into the frame of MNIST: white
ink on black, the ink box fitted into 20×20 pixels, the centre of mass at pixel index 14.0.

The numbers below were chosen by eye and by trial beside the training part of MNIST; nothing is read from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from digitlab.synthetic.manner import Array, Manner
from digitlab.synthetic.raster import REACH, centre, fit, rasterise

# In the name of the cache file: raise it whenever a change here or in what is imported here changes a single pixel.
VERSION = 1
CLASSES = 10
# Images that are drawn together: enough to be fast, few enough to stay in the processor's cache.
BLOCK = 512
# How pure the mixtures of a manner's shapes are (Dirichlet's parameter): small, so that most are near one shape.
PURITY = 0.25
# Half the width of the line in pixels: its median, and the standard deviation of its logarithm (that of 1 varies most).
HALF_WIDTH = 1.25
HALF_WIDTH_SPREAD = 0.28
HALF_WIDTH_SPREAD_OF_1 = 0.4
# Median distance of a point from where it belongs, in heights of the digit.
SLOPPINESS = 0.045


def blocks(
    labels: NDArray[np.int64], manners: Sequence[Manner], rng: np.random.Generator
) -> Iterator[tuple[Manner, NDArray[np.int64]]]:
    """Choose a manner for each label; yield each manner with the numbers of up to BLOCK images that are written so."""
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
    places = _write(manner, count, rng)
    radius = _press(manner, count, rng)
    places, radius = fit(places, radius, rng)
    ink = rasterise(places, radius)
    return centre(np.rint(ink * 255).astype(np.uint8))


def _write(manner: Manner, count: int, rng: np.random.Generator) -> Array:
    """Where the pen goes: float64 [count, samples, 2], the digit about one high around the origin."""
    mixture = rng.dirichlet(np.full(len(manner.points), PURITY), count)
    points = np.einsum("cs,spk->cpk", mixture, manner.points)
    points += _jitter(points.shape, rng)
    places = np.einsum("sp,cpk->csk", manner.basis, points)
    places -= (places.min(axis=1, keepdims=True) + places.max(axis=1, keepdims=True)) / 2
    return _lean(_bend(places, rng), manner, rng)


def _jitter(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """How far each point is off: it follows the ones before and after it, so that curves stay round."""
    noise = rng.standard_normal(shape)
    together = noise.copy()
    together[:, 1:] += noise[:, :-1]
    together[:, :-1] += noise[:, 1:]
    off = together / np.sqrt(3) + 0.4 * rng.standard_normal(shape)
    off = np.clip(off, -1.6, 1.6)  # a far outlier would make another digit of it
    sloppy: Array = rng.lognormal(np.log(SLOPPINESS), 0.3, (shape[0], 1, 1)) * off
    return sloppy


def _bend(places: Array, rng: np.random.Generator) -> Array:
    """Displace by two long waves across the digit (a small elastic warp)."""
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
    """Stretch, slant and turn."""
    count = len(places)
    aspect = np.exp(rng.normal(0, 0.2, (count, 1)))
    slant = rng.normal(0.25 if manner.digit == 1 else 0.12, 0.25, (count, 1))
    turn = rng.normal(0, 0.08, (count, 1))
    x, y = places[..., 0] * aspect, places[..., 1]
    x = x - slant * y
    return np.stack([np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y], axis=-1)


def _press(manner: Manner, count: int, rng: np.random.Generator) -> Array:
    """Half the width of the line at each sample, in pixels: float64 [count, samples]."""
    spread = HALF_WIDTH_SPREAD_OF_1 if manner.digit == 1 else HALF_WIDTH_SPREAD
    half = np.clip(rng.lognormal(np.log(HALF_WIDTH), spread, (count, 1)), 0.6, 3.0)
    way = np.linspace(0, 1, len(manner.basis))
    turns = rng.uniform(0.5, 2, (count, 1)) * way + rng.uniform(0, 1, (count, 1))
    pressure = 1 + rng.uniform(0, 0.2, (count, 1)) * np.sin(2 * np.pi * turns)
    taper = rng.uniform(-0.1, 0.35, (count, 1)) * np.exp(-manner.end_distance / 0.08)
    return np.clip(half * pressure * (1 - taper), 0.5, REACH - 0.5)
