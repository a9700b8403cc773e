"""Paper under a line of digits: its tone, shadows, printed patterns, grids."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitlab.images.picture import Picture

Pattern = NDArray[np.float32]


def tone(shape: tuple[int, int], rng: np.random.Generator) -> Picture:
    """How dark the paper is: 0 is white; slopes, soft shadows and a shadow's edge."""
    rows, columns = _places(shape)
    base = rng.choice([0.0, 0.05, rng.uniform(0, 0.55)], p=[0.3, 0.2, 0.5])
    if base == 0:
        return np.zeros(shape, np.float32)
    slope = rng.normal(0, 0.12, 2)
    dark = base + slope[0] * (rows / shape[0] - 0.5) + slope[1] * (columns / shape[1] - 0.5)
    if rng.random() < 0.2:
        across = rng.normal() * rows + rng.normal() * columns
        limit = rng.uniform(across.min(), across.max())
        dark += rng.uniform(0.05, 0.25) * 0.5 * (1 + np.tanh((across - limit) / rng.uniform(2, 24)))
    if rng.random() < 0.5:
        dark += rng.normal(0, rng.uniform(0.005, 0.03), shape)
    return np.asarray(dark, np.float32)


def pattern(shape: tuple[int, int], rng: np.random.Generator) -> Pattern:
    """A printed ground, ink from 0 to 1: bent lines as on cheques, hatching, dots, small squares."""
    kind = rng.choice(["guilloche", "hatching", "dots", "squares", "specks"], p=[0.4, 0.25, 0.15, 0.1, 0.1])
    if kind == "specks":
        return (rng.random(shape) < rng.uniform(0.002, 0.03)).astype(np.float32)
    rows, columns = _places(shape)
    period = rng.uniform(3.5, 14)
    sharp = rng.uniform(1, 6)
    if kind == "dots":
        return _lines(rows / period, sharp) * _lines(columns / (period * rng.uniform(0.7, 1.4)), sharp)
    if kind == "squares":
        return np.maximum(_lines(rows / period, sharp), _lines(columns / period, sharp))
    ground = np.zeros(shape, np.float32)
    for _ in range(rng.integers(1, 4)):
        turn = rng.uniform(0, np.pi) if rng.random() < 0.6 else rng.normal(np.pi / 2, 0.1)
        across = rows * np.sin(turn) + columns * np.cos(turn)
        along = columns * np.sin(turn) - rows * np.cos(turn)
        if kind == "guilloche":
            for _ in range(2):
                wave = rng.uniform(20, 120)
                across = across + rng.uniform(0.1, 0.6) * wave / 6 * np.sin(
                    2 * np.pi * along / wave + rng.uniform(0, 6)
                )
        ground = np.maximum(ground, _lines(across / (period * rng.uniform(0.7, 1.4)), sharp))
    return ground


def _lines(phase: NDArray[np.float32], sharp: float) -> Pattern:
    wave = (0.5 + 0.5 * np.cos(2 * np.pi * phase)) ** sharp
    return np.asarray(wave, np.float32)


def _places(shape: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rows, columns = np.indices(shape, np.float32)
    return rows, columns
