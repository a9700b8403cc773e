"""Arrays of images of any size and colour → uint8 of one form, with remarks on the changes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.errors import DataError, UsageError
from digitlab.images.decode import on_paper
from digitlab.images.geometry import fitted, in_channels
from digitlab.images.picture import as_bytes, as_picture
from digitlab.images.spec import MAX_SIDE, MIN_SIDE, ImageSpec

_CHUNK = 4096  # images converted at once, to avoid a float copy of all of them
Size = tuple[int, int]  # height and width


@dataclass(frozen=True)
class Form:
    """What the images of a dataset shall become.

    Attributes:
        size: pixels of both sides; None: the images' own size.
        gray: convert colour to grey.

    Raises:
        UsageError: a size out of range.
    """

    size: int | None = None
    gray: bool = False

    def __post_init__(self) -> None:
        if self.size is not None and not MIN_SIDE <= self.size <= MAX_SIDE:
            raise UsageError(
                "invalid value for --image-size",
                found=repr(self.size),
                remedy=f"give {MIN_SIDE} to {MAX_SIDE} pixels",
            )

    @property
    def options(self) -> list[str]:
        """As given on the command line."""
        return [*([f"--image-size {self.size}"] if self.size is not None else []), *(["--gray"] if self.gray else [])]

    def chosen(self, sizes: Sequence[Size]) -> Size:
        """The common size for images of these sizes: their own where they agree, else their median."""
        if self.size is not None:
            return self.size, self.size
        height, width = (float(np.median([size[axis] for size in sizes])) for axis in (0, 1))
        scale = min(1.0, MAX_SIDE / max(height, width))
        return max(MIN_SIDE, round(height * scale)), max(MIN_SIDE, round(width * scale))

    def remarks(self, sizes: Sequence[Size]) -> list[str]:
        """A note on the sizes that were changed."""
        height, width = self.chosen(sizes)
        others = Counter(size for size in sizes if size != (height, width))
        if not others:
            return []
        one = next(iter(others))
        which = f"images of {len(others)} sizes" if len(others) > 1 else f"images of {one[1]}×{one[0]}"
        why = ""
        if self.size is None:
            why = ", their median" if len(set(sizes)) > 1 else f", the longer side at most {MAX_SIDE}"
        return [f"{which} were resized to {width}×{height}{why}"]


AS_IT_IS = Form()


def to_pictures(path: Path | str, images: NDArray[Any], remarks: list[str]) -> NDArray[np.uint8]:
    """Convert an array of images to uint8 [N, H, W] or, if any image has colour, [N, H, W, 3].

    Args:
        path: for error texts.
        images: [N, H, W], [N, H, W, 1 | 2 | 3 | 4] (the last of 2 or 4 channels is opacity) or [N, H·W] with H = W;
            whole numbers 0 to 255, floats in the same range or in 0 to 1, or booleans.
        remarks: a list to which notes on the changes are appended.

    Raises:
        DataError: any other shape, type or range of values.
    """
    pictures = _to_bytes(path, _with_sides(path, images), remarks)
    if pictures.ndim == 3:
        return pictures
    if pictures.shape[3] in (2, 4):
        remarks.append("transparent pixels became white, or black behind white ink")
        mode = "LA" if pictures.shape[3] == 2 else "RGBA"
        pictures = np.stack([np.asarray(on_paper(Image.fromarray(each, mode).convert("RGBA"))) for each in pictures])
    is_grey = pictures.shape[3] == 1 or bool((pictures == pictures[..., :1]).all())
    return np.ascontiguousarray(pictures[..., 0]) if is_grey else pictures


def of_one_form(parts: list[NDArray[np.uint8]], form: Form, remarks: list[str]) -> list[NDArray[np.uint8]]:
    """Both parts of a dataset, from `to_pictures`, in the same size and number of channels."""
    coloured = any(part.ndim == 4 for part in parts)
    if coloured and form.gray:
        remarks.append("colour was converted to grey")
    first = parts[0].shape[1:3]
    height, width = form.chosen([(first[0], first[1])])
    for part in parts:
        remarks.extend(form.remarks([(part.shape[1], part.shape[2])]))
    spec = ImageSpec(height=height, width=width, channels=3 if coloured and not form.gray else 1)
    return [part if part.shape[1:] == spec.shape else np.stack([_in(spec, each) for each in part]) for part in parts]


def _in(spec: ImageSpec, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.ndim == 3 and spec.channels == 1:
        image = np.asarray(Image.fromarray(image).convert("L"))  # as for picture files
    return as_bytes(fitted(in_channels(as_picture(image, colour=True), spec.channels), spec))


def _with_sides(path: Path | str, images: NDArray[Any]) -> NDArray[Any]:
    """[N, H·W] → [N, H, W]; other shapes are only checked."""
    if images.ndim == 2 and images.shape[1] == math.isqrt(images.shape[1]) ** 2:
        side = math.isqrt(images.shape[1])
        images = images.reshape(-1, side, side)
    is_grey = images.ndim == 3
    if not (is_grey or (images.ndim == 4 and 1 <= images.shape[3] <= 4)) or 0 in images.shape:
        raise DataError(
            f"{path} does not hold images",
            found=f"an array of shape {images.shape}",
            remedy="give [N, H, W], [N, H, W, channels] with 1 to 4 channels, or [N, H·W] for square images",
        )
    return images


def _to_bytes(path: Path | str, images: NDArray[Any], remarks: list[str]) -> NDArray[np.uint8]:
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind not in "iufb":
        raise _wrong_values(path, f"values of type {images.dtype}")
    low, high = images.min(), images.max()  # NaN shows in both
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
        f"{path} has pixel values out of range",
        found=found,
        remedy="give whole numbers from 0 to 255, or floats from 0 to 1",
    )
