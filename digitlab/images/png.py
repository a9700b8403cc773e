"""Arrays as PNG files in base64, which a page or an answer carries in itself."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

NEGATIVE, POSITIVE = (214, 62, 54), (43, 124, 200)  # red and blue, which colour-blind people tell apart


def png_base64(image: NDArray[np.uint8]) -> str:
    """An image uint8 [height, width], or [height, width, 3 or 4] in colour, as a PNG file in base64."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(buffer, "png")
    return base64.b64encode(buffer.getvalue()).decode()


def png_uri(image: NDArray[np.uint8]) -> str:
    """The same as a `data:` address."""
    return "data:image/png;base64," + png_base64(image)


def red_blue(values: NDArray[Any], limit: float) -> NDArray[np.uint8]:
    """Values [...] as uint8 [..., 4]: red below 0, blue above, opaque from ±`limit` on and transparent at 0.

    So the same image fits a light page and a dark one.
    """
    share = np.clip(values / limit, -1, 1)
    coloured = np.empty((*values.shape, 4), np.uint8)
    coloured[..., :3] = np.where(share[..., None] < 0, NEGATIVE, POSITIVE)
    coloured[..., 3] = np.rint(255 * np.abs(share))
    return coloured


def red_blue_uri(values: NDArray[Any], limit: float) -> str:
    """Values [height, width] in red and blue as the address of a PNG."""
    return png_uri(red_blue(values, limit))


def thumbnail(picture: NDArray[np.float32], side: int = 96) -> NDArray[np.uint8]:
    """A picture [height, width] or [height, width, 3] from 0 to 1, scaled until its longer side is `side` pixels.

    Enlarged pixels stay squares.
    """
    values = (np.clip(picture, 0, 1) * 255).astype(np.uint8)
    factor = side / max(values.shape[:2])
    height, width = (max(1, round(each * factor)) for each in values.shape[:2])
    method = Image.Resampling.NEAREST if factor > 1 else Image.Resampling.BOX
    return np.asarray(Image.fromarray(values).resize((width, height), method))
