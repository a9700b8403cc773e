"""An image as a table of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rich.console import Console

_CELL = 4  # characters: three digits and a space
_MIN_BOLD = 128


def plain(image: NDArray[np.uint8]) -> str:
    """The whole matrix, one row per line, as `numpy.loadtxt` reads it."""
    return "\n".join(" ".join(f"{value:3d}" for value in row) for row in image)


def print_on_terminal(image: NDArray[np.uint8], console: Console) -> None:
    """Print dots for zeros and bold ink; on a narrow terminal without empty margins, then with fewer pixels."""
    from rich.text import Text

    first, last = 0, image.shape[1] - 1
    if console.width < _CELL * image.shape[1] and image.any():
        inked = np.flatnonzero(image.any(axis=0))
        first, last = int(inked[0]), int(inked[-1])
    shown = image[:, first : last + 1]
    side = -(-_CELL * shown.shape[1] // console.width)
    if side > 1:
        shown = _means(image, side)
        console.print(f"mean of each {side}×{side} pixels; --json gives all", style="dim")
    elif shown.shape != image.shape:
        console.print(f"columns {first} to {last} of 0 to {image.shape[1] - 1}; all others are 0", style="dim")
    for row in shown:
        line = Text()
        for value in row:
            line.append(f"{value or '·':>3} ", "dim" if value == 0 else "bold" if value >= _MIN_BOLD else "")
        console.print(line, soft_wrap=True)


def _means(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The mean of each square of `side` pixels; at the right and lower edge of what is left of one."""
    filled = np.full([-(-length // side) * side for length in image.shape], np.nan)
    filled[: image.shape[0], : image.shape[1]] = image
    height, width = filled.shape
    squares = filled.reshape(height // side, side, width // side, side)
    means: NDArray[np.uint8] = np.nanmean(squares, axis=(1, 3)).round().astype(np.uint8)
    return means
