"""What happens to a line between paper and file: perspective, blur, few pixels, noise, two levels, JPEG."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from scipy import ndimage

from digitlab.images.picture import Picture, as_bytes, resized


def tilted(paper: Picture, rng: np.random.Generator) -> Picture:
    """Turned, sheared and seen at an angle, about the middle, so that the middle of a digit keeps its column."""
    height, width = paper.shape
    turn, shear = np.clip(rng.normal(0, 0.022, 2), -0.06, 0.06)
    further = rng.normal(0, 0.04)  # the right end than the left one
    middle = np.array([width, height]) / 2
    corners = np.array([[0, 0], [0, height], [width, height], [width, 0]]) - middle
    corners[:, 1] *= 1 + further * np.array([-1, -1, 1, 1])
    seen = corners @ np.array([[1, turn * min(1, 8 * height / width)], [shear, 1]]) + middle
    quad = tuple(seen.ravel().tolist())
    moved = Image.fromarray(paper).transform((width, height), Image.Transform.QUAD, quad, Image.Resampling.BILINEAR)
    return np.asarray(moved)


def photographed(picture: Picture, shape: tuple[int, int], two_levels: bool, rng: np.random.Generator) -> Picture:
    """The picture, bright ink, with this many rows and columns and the faults of cameras, scanners and files."""
    picture, height = resized(picture, shape), shape[0]
    if rng.random() < 0.5:
        picture = ndimage.gaussian_filter(picture, rng.uniform(0.3, 0.045 * height))
    if rng.random() < 0.2:
        picture = ndimage.uniform_filter1d(picture, int(rng.integers(2, 4)), axis=int(rng.integers(2)))
    if rng.random() < 0.6:
        picture = picture + rng.normal(0, rng.uniform(0.003, 0.045), picture.shape).astype(np.float32)
    if two_levels:
        level = picture.min() + rng.uniform(0.35, 0.6) * np.ptp(picture)
        return np.asarray(picture > level, np.float32)
    if rng.random() < 0.4:
        return _jpeg(picture, int(rng.integers(25, 95)))
    return np.asarray(np.clip(picture, 0, 1), np.float32)


def _jpeg(picture: Picture, quality: int) -> Picture:
    stream = io.BytesIO()
    Image.fromarray(255 - as_bytes(picture)).save(stream, "jpeg", quality=quality)
    return np.asarray(1 - np.asarray(Image.open(stream)) / 255, np.float32)
