"""Images of any size and colour → 28×28 grey uint8.  What is changed is said in words, for `Dataset.notes`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.data.dataset import IMAGE_SIZE
from digitlab.errors import DataError

_CHUNK = 4096  # images converted at once, so that a float copy of all of them is never needed


def to_frame(path: Path | str, images: NDArray[Any]) -> tuple[NDArray[np.uint8], list[str]]:
    """Bring images to uint8 [N, 28, 28]; returns them with remarks on what was done to them.

    Args:
        path: where they come from, for the error texts.
        images: [N, H, W], [N, H, W, 1 | 2 | 3 | 4] (the last of 2 or 4 channels is opacity) or [N, H·W] with H = W;
            whole numbers 0 to 255, floats in the same range or in 0 to 1, or booleans.

    Raises:
        DataError: any other shape, type or range of values.
    """
    remarks: list[str] = []
    grey = _to_grey(_to_bytes(path, _with_sides(path, images), remarks), remarks)
    height, width = grey.shape[1:]
    if (height, width) == (IMAGE_SIZE, IMAGE_SIZE):
        return np.ascontiguousarray(grey), remarks
    remarks.append(resized(width, height))
    return np.stack([fit(Image.fromarray(image)) for image in grey]), remarks


def resized(width: int, height: int) -> str:
    """The remark on images that were resized."""
    return f"images of {width}×{height} were resized to {IMAGE_SIZE}×{IMAGE_SIZE}"


def fit(image: Image.Image) -> NDArray[np.uint8]:
    """A grey picture of any size → uint8 [28, 28].

    The aspect is kept; what is missing at two sides is filled with the median of the border, so that white paper
    stays white and black stays black.
    """
    scale = IMAGE_SIZE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = np.asarray(image.resize(size, Image.Resampling.BILINEAR))  # sharper filters make rings around strokes
    canvas = np.full((IMAGE_SIZE, IMAGE_SIZE), _border_median(small), np.uint8)
    top, left = (IMAGE_SIZE - size[1]) // 2, (IMAGE_SIZE - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = small
    return canvas


def _border_median(image: NDArray[np.uint8]) -> int:
    return int(np.median(np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])))


def _with_sides(path: Path | str, images: NDArray[Any]) -> NDArray[Any]:
    """[N, H·W] → [N, H, W]; other shapes are only checked."""
    if images.ndim == 2 and images.shape[1] == math.isqrt(images.shape[1]) ** 2:
        side = math.isqrt(images.shape[1])
        images = images.reshape(-1, side, side)
    is_grey = images.ndim == 3
    if not (is_grey or (images.ndim == 4 and 1 <= images.shape[3] <= 4)) or 0 in images.shape:
        raise DataError(
            f"{path} holds no images that we know",
            found=f"an array of shape {images.shape}",
            remedy="give [N, H, W], [N, H, W, channels] with 1 to 4 channels, or [N, H·W] for square images",
        )
    return images


def _to_bytes(path: Path | str, images: NDArray[Any], remarks: list[str]) -> NDArray[np.uint8]:
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind not in "iufb":
        raise _wrong_values(path, f"values of type {images.dtype}")
    low, high = images.min(), images.max()  # not-a-number shows in both
    if not (low >= 0 and high <= 255):
        raise _wrong_values(path, f"values from {low} to {high}")
    factor = 1
    if images.dtype.kind == "b" or (images.dtype.kind == "f" and high <= 1):
        factor = 255
        remarks.append("pixel values from 0 to 1 were multiplied by 255")
    whole = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        whole[chunk] = np.rint(images[chunk].astype(np.float32) * factor)
    return whole


def _wrong_values(path: Path | str, found: str) -> DataError:
    return DataError(
        f"{path} has pixel values that are not brightness",
        found=found,
        remedy="give whole numbers from 0 to 255, or floats from 0 to 1",
    )


def _to_grey(images: NDArray[np.uint8], remarks: list[str]) -> NDArray[np.uint8]:
    """[N, H, W] or [N, H, W, channels] → [N, H, W]."""
    if images.ndim == 3:
        return images
    channels = images.shape[3]
    if channels == 1:
        return images[..., 0]
    modes = {2: "LA", 3: "RGB", 4: "RGBA"}
    return np.stack([np.asarray(grey_picture(Image.fromarray(image, modes[channels]), remarks)) for image in images])


def grey_picture(picture: Image.Image, remarks: list[str]) -> Image.Image:
    """A picture of any mode → mode L; transparent pixels are laid on white, as a viewer shows them."""
    if picture.mode in ("L", "1") and not picture.has_transparency_data:
        return picture.convert("L")
    if picture.mode.startswith("I"):  # 16 bits a pixel
        return Image.fromarray((np.asarray(picture).astype(np.uint32) // 257).clip(0, 255).astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        if picture.getchannel("A").getextrema() != (255, 255):
            remarks.append("transparent pixels were laid on white")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    if not _is_grey(picture):
        remarks.append("colour was turned to grey")
    return picture.convert("L")


def _is_grey(picture: Image.Image) -> bool:
    channels = np.asarray(picture.convert("RGB"))
    return bool((channels == channels[..., :1]).all())
