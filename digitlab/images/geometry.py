"""Pictures of any size and colour → the size and channels of a spec."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitlab.images.picture import Picture, resized
from digitlab.images.spec import ImageSpec

_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as in Pillow's conversion to grey


def in_channels(picture: Picture, channels: int) -> Picture:
    """Grey [H, W] for one channel, [H, W, 3] for three; colour becomes grey by its luminance."""
    if channels == 1:
        return picture if picture.ndim == 2 else np.asarray(picture @ _LUMINANCE, np.float32)
    return picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)


def fitted(picture: Picture, spec: ImageSpec) -> Picture:
    """The picture at the size of `spec`, proportions kept, padded on two sides with the median of its border."""
    height, width = picture.shape[:2]
    if (height, width) == (spec.height, spec.width):
        return picture
    scale = min(spec.height / height, spec.width / width)
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    planes = picture[..., None] if picture.ndim == 2 else picture
    small = np.stack([resized(np.ascontiguousarray(plane), (rows, columns)) for plane in np.moveaxis(planes, 2, 0)], 2)
    whole = np.empty((spec.height, spec.width, small.shape[2]), np.float32)
    whole[:] = _border_median(small)
    top, left = (spec.height - rows) // 2, (spec.width - columns) // 2
    whole[top : top + rows, left : left + columns] = small
    return whole.reshape(whole.shape[: picture.ndim])


def _border_median(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    border = np.concatenate([planes[0], planes[-1], planes[:, 0], planes[:, -1]])
    return np.asarray(np.median(border, axis=0), np.float32)
