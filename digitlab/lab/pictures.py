"""Arrays as small PNGs that carry themselves: grey digits, and red and blue for what is below and above 0.

Red and blue are laid on with as much cover as the value is large, and nothing where it is 0.  So the same picture
stands on a light page and on a dark one.
"""

from __future__ import annotations

import base64
import io
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

AGAINST, FOR = (214, 62, 54), (43, 124, 200)  # red and blue, which colour-blind people tell apart
FULL = 0.99  # of the values are no greater than what is shown in full colour
STEP_SIDE = 96  # pixels of the picture of a step


def grey_uri(image: NDArray[np.uint8]) -> str:
    """An image uint8 [height, width]."""
    return _uri(Image.fromarray(np.ascontiguousarray(image)))


def weight_uri(values: NDArray[Any], limit: float) -> str:
    """Values [height, width] in red and blue; `limit` and more is full colour."""
    share = np.clip(values / (limit or 1.0), -1, 1)
    coloured = np.empty((*values.shape, 4), np.uint8)
    coloured[..., :3] = np.where(share[..., None] < 0, AGAINST, FOR)
    coloured[..., 3] = np.rint(255 * np.abs(share))
    return _uri(Image.fromarray(coloured))


def full_colour(values: NDArray[Any]) -> float:
    """From which value on the colour is full: the few greatest ones must not make all others pale."""
    there = np.abs(values[values != 0])
    return float(np.quantile(there, FULL)) if there.size else 1.0


def montage(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """What a layer passes on, as one picture [height, width] and its greatest value.

    Args:
        values: [units], a square for each; or [maps, height, width], side by side in rows.
    """
    maps = values.reshape(-1, 1, 1) if values.ndim == 1 else values
    columns = math.ceil(math.sqrt(len(maps) * 2))
    height, width = maps.shape[1:]
    gap = 1 if height > 1 else 0
    whole = np.zeros((math.ceil(len(maps) / columns) * (height + gap), columns * (width + gap)))
    for number, one in enumerate(maps):
        top, left = number // columns * (height + gap), number % columns * (width + gap)
        whole[top : top + height, left : left + width] = one
    return whole, float(np.abs(maps).max())


def step_uri(picture: NDArray[np.float32]) -> str:
    """A picture from 0 to 1 of any size, fitted into a square; pixels of a small one stay squares."""
    values = (np.clip(picture, 0, 1) * 255).astype(np.uint8)
    factor = STEP_SIDE / max(values.shape)
    size = max(1, round(values.shape[1] * factor)), max(1, round(values.shape[0] * factor))
    way = Image.Resampling.NEAREST if factor > 1 else Image.Resampling.BOX
    return _uri(Image.fromarray(values).resize(size, way))


def _uri(image: Image.Image) -> str:
    stream = io.BytesIO()
    image.save(stream, "png", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
