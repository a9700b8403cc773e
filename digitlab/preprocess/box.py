"""Crop to the digit, and undo the stretching of one that fills a square picture."""

from __future__ import annotations

import numpy as np

from digitlab.images.picture import Picture, resized

_USUAL_WIDTH = 0.7  # of a digit of height 1: the median of MNIST
_MIN_FILLED = 0.95  # of the longer side of a picture: a soft edge may be missing


def crop(ink: Picture) -> tuple[Picture, str]:
    """The bounding box of all ink."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    part = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return part, f"cropped to {part.shape[1]}×{part.shape[0]} of {ink.shape[1]}×{ink.shape[0]} pixels"


def restore_proportion(ink: Picture, whole: tuple[int, ...]) -> tuple[Picture, str]:
    """Narrow a digit that reaches all four sides of a square picture, since it was stretched to them.

    Args:
        ink: the crop.
        whole: height and width of the picture that it comes from.
    """
    ends = ink[0].any() and ink[-1].any() and ink[:, 0].any() and ink[:, -1].any()
    if not ends or min(ink.shape) < _MIN_FILLED * max(whole):
        return ink, "the digit does not fill a square picture: proportions kept"
    narrow = resized(ink, (len(ink), max(1, round(_USUAL_WIDTH * len(ink)))))
    return narrow, f"the digit was stretched to all sides of its picture: narrowed to {100 * _USUAL_WIDTH:.0f}%"
