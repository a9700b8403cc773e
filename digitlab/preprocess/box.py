"""The part of the picture that the digit fills, and the proportion it was written in."""

from __future__ import annotations

import numpy as np

from digitlab.images.picture import Picture, resized

_WRITTEN = 0.7  # width of a digit whose height is 1, the median of MNIST
_FILLS = 0.95  # of a picture's longer side: a soft edge may be missing


def crop(ink: Picture) -> tuple[Picture, str]:
    """The smallest part with all ink."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    part = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return part, f"cropped to {part.shape[1]}×{part.shape[0]} of {ink.shape[1]}×{ink.shape[0]} pixels"


def restore_proportion(ink: Picture, whole: tuple[int, ...]) -> tuple[Picture, str]:
    """A digit that reaches all four sides of a square picture was stretched to it: give it its usual width again.

    Args:
        ink: the crop.
        whole: height and width of the picture that it comes from.
    """
    ends = ink[0].any() and ink[-1].any() and ink[:, 0].any() and ink[:, -1].any()
    if not ends or min(ink.shape) < _FILLS * max(whole):
        return ink, "the digit does not fill a square picture: its proportion is its own"
    narrow = resized(ink, (len(ink), max(1, round(_WRITTEN * len(ink)))))
    return narrow, f"the digit was stretched to all sides of its picture: made {100 * _WRITTEN:.0f}% as wide"
