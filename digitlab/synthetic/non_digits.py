"""Non-digits, drawn by program in the frame of MNIST: what a model has to reject.

Letters and signs unlike any digit, scribbles, blobs, noise and empty frames.  Letters and scribbles are written like
the synthetic digits, so that the pen alone does not give them away.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from digitlab.synthetic.digits import draw
from digitlab.synthetic.manner import Manner
from digitlab.synthetic.raster import SIDE

NON_DIGIT = -1
DRAWINGS = 8  # of one scribble
STROKES = ("abcd efgh", "abc def ghi", "abcdefgh", "abcdefghi", "abcdefghijkl")  # of scribbles: longer than any digit

# Strokes and points, as in `strokes.py`.
LETTERS = tuple(
    Manner(NON_DIGIT, 1, strokes, places)
    for strokes, places in (
        ("ab bc de", "0,100 40,0 80,100 16,60 64,60"),  # A
        ("ab bc cd ef", "70,0 0,0 0,100 70,100 0,50 56,50"),  # E
        ("ab bc de", "70,0 0,0 0,100 0,48 56,48"),  # F
        ("ab cd ef", "0,0 0,100 70,0 70,100 0,50 70,50"),  # H
        ("ab cd de", "0,0 0,100 66,0 4,56 70,100"),  # K
        ("ab bc cd de", "0,100 8,0 45,70 82,0 90,100"),  # M
        ("ab bc cd", "0,100 0,0 70,100 70,0"),  # N
        ("ab bcde ef", "0,100 0,0 56,10 54,44 2,52 66,100"),  # R
        ("ab bc cd de", "0,0 24,100 46,34 68,100 92,0"),  # W
        ("ab cd", "0,0 70,100 70,0 0,100"),  # X
        ("ab cd", "0,50 100,50 50,0 50,100"),  # +
        ("ab cd ef gh", "30,0 18,100 72,0 60,100 0,34 90,30 0,70 90,66"),  # #
        ("ab bc ca", "0,100 50,10 100,100"),  # triangle
        ("ab bc cd da", "0,0 96,0 96,96 0,96"),  # square
        ("ab cd ef", "50,0 50,100 6,24 94,76 94,24 6,76"),  # *
    )
)


def non_digits(count: int, seed: int) -> NDArray[np.uint8]:
    """`count` pictures each of letters, scribbles, blobs and noise: uint8 [4 · count, 28, 28]."""
    rng = np.random.default_rng([seed, 0xD161])
    return np.concatenate(
        [
            _written(LETTERS, count, rng),
            _written([_scribble(rng) for _ in range(-(-count // DRAWINGS))], count, rng),
            _blobs(count, rng),
            _noise(count, rng),
        ]
    )


def _written(manners: tuple[Manner, ...] | list[Manner], count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    shares = np.bincount(np.arange(count) % len(manners), minlength=len(manners))
    return np.concatenate(
        [draw(manner, int(share), rng) for manner, share in zip(manners, shares, strict=True) if share]
    )


def _scribble(rng: np.random.Generator) -> Manner:
    """Smooth lines through random points."""
    strokes = str(rng.choice(STROKES))
    places = rng.choice(100 * 100, len(set(strokes) - {" "}), replace=False)  # no two alike: a curve needs a length
    return Manner(NON_DIGIT, 1, strokes, " ".join(f"{place % 100},{place // 100}" for place in places))


def _blobs(count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Filled shapes where smooth noise is high, in the middle of the frame."""
    noise = ndimage.gaussian_filter(rng.standard_normal((count, SIDE, SIDE)), (0, 4, 4))
    rows, columns = np.indices((SIDE, SIDE)) - SIDE / 2
    near = 1 - np.hypot(rows, columns) / rng.uniform(10, 20, (count, 1, 1))
    height = noise / noise.std() + 2 * near
    shades = rng.uniform(100, 255, (count, 1, 1))
    filled: NDArray[np.uint8] = (np.clip(4 * height, 0, 1) * shades).astype(np.uint8)
    return filled


def _noise(count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Fine to coarse, sparse to dense, with and without a black frame."""
    grain = rng.uniform(0, 2, count)
    noise = np.stack([ndimage.gaussian_filter(rng.standard_normal((SIDE, SIDE)), size) for size in grain])
    noise /= noise.std(axis=(1, 2), keepdims=True)
    pictures = np.clip(noise + rng.uniform(-1.5, 1, (count, 1, 1)), 0, 1)
    pictures[::2, :4] = pictures[::2, -4:] = pictures[::2, :, :4] = pictures[::2, :, -4:] = 0
    bytes_: NDArray[np.uint8] = (pictures * 255).astype(np.uint8)
    return bytes_
