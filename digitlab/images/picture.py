"""The array that all steps work on: brightness, or three colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.errors import UsageError

# [H, W], or [H, W, 3] in colour, from 0 (black) to 1 (white); steps for digits turn brightness into ink, 0 to 1.
Picture = NDArray[np.float32]

_ROUNDING = 1e-6  # by which interpolation may exceed the range of its values


def as_picture(values: NDArray[Any], *, colour: bool = False) -> Picture:
    """An array → a picture.

    Args:
        values: [H, W]; unsigned integers of 8 or 16 bits, floats from 0 to 1, or booleans.
        colour: accept [H, W, 3] too.

    Raises:
        UsageError: another shape or type, no pixels, or floats outside 0 to 1.
    """
    is_picture = values.ndim == 2 or (colour and values.ndim == 3 and values.shape[2] == 3)
    if not is_picture or values.size == 0 or values.dtype.kind not in "ufb" or values.dtype.itemsize > 8:
        raise _no_picture(f"an array of type {values.dtype} and shape {values.shape}")
    if values.dtype.kind == "u":
        return np.asarray(values / np.float32(np.iinfo(values.dtype).max), np.float32)
    if not (values.min() >= -_ROUNDING and values.max() <= 1 + _ROUNDING):  # NaN fails both
        raise _no_picture(f"values from {values.min():g} to {values.max():g}")
    return np.asarray(np.clip(values, 0, 1), np.float32)


def _no_picture(found: str) -> UsageError:
    return UsageError(
        "the array is not a picture",
        found=found,
        remedy="give uint8 [height, width], or floats from 0 to 1; open files with open_picture",
    )


def reduced(picture: Picture, side: int) -> Picture:
    """The picture with its longer side at most `side`; a smaller one stays as it is."""
    scale = side / max(picture.shape)
    if scale >= 1:
        return picture
    return resized(picture, (max(1, round(picture.shape[0] * scale)), max(1, round(picture.shape[1] * scale))))


def resized(picture: Picture, shape: tuple[int, int]) -> Picture:
    """The picture with this height and width, bilinear; a smaller one averages over all pixels it covers."""
    height, width = shape
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR), np.float32)


def as_bytes(picture: Picture) -> NDArray[np.uint8]:
    """Values from 0 to 1 → uint8."""
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
