"""Uneven light: background subtraction, the brightness of the paper estimated at each place."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitlab.images.picture import Picture, reduced, resized
from digitlab.preprocess.threshold import separability

_SIDE = 64  # pixels of the longer side on which the paper is estimated
_WINDOW = 0.25  # of the longer side: wider than most strokes, so that it holds some paper, and narrower than shadows
_MIN_GAIN = 0.01  # in separability, for the light to count as uneven
# Paper as bright in each quarter needs no correction, which would take wide strokes for paper: the brightness is
# that which a tenth of the pixels stay below, and so large a share of each quarter is as bright, within two levels of a
# file.  Of 0.05 and 0.1, tried on digits of 8×8 pixels and on drawn ones that fill their frame, this one reads most.
_LOWEST, _SAME, _SHARE = 0.1, 2 / 255, 0.05
_MIN_REFLECTANCE = 0.1  # lower ones count as this: in the deepest shadow the division would amplify noise


def subtract_background(picture: Picture) -> tuple[Picture, str]:
    """Bright ink on uneven paper → ink from 0 (paper) to 1 (nothing reflected), where that separates them better.

    In a picture that a digit fills, a wide stroke or one along the border is as wide as the paper: it stays unchanged.
    """
    if _is_even(picture):
        return picture, "the light is even"
    small = reduced(picture, _SIDE)
    paper = _paper(small, _WINDOW)
    if separability(_on_even_paper(small, paper)) < separability(small) + _MIN_GAIN:
        return picture, "the light is even"
    return _on_even_paper(picture, paper), f"subtracted the paper, uneven by {100 * np.ptp(paper):.0f}%"


def _is_even(picture: Picture) -> bool:
    """Whether there is paper of the same brightness in each quarter."""
    same = np.abs(picture - np.quantile(picture, _LOWEST)) <= _SAME
    quarters = [part for half in np.array_split(same, 2) for part in np.array_split(half, 2, axis=1)]
    return all(part.size == 0 or part.mean() >= _SHARE for part in quarters)


def level(picture: Picture, side: int, window: float) -> Picture:
    """Bright ink on any paper → ink from 0 (paper) to 1 (nothing reflected).

    Args:
        picture: with ink brighter than its paper.
        side: pixels of the longer side on which the paper is estimated.
        window: share of the longer side in which there is always some paper.
    """
    return _on_even_paper(picture, _paper(reduced(picture, side), window))


def _on_even_paper(picture: Picture, paper: Picture) -> Picture:
    paper = resized(paper, (picture.shape[0], picture.shape[1]))
    return np.clip((picture - paper) / np.maximum(1 - paper, _MIN_REFLECTANCE), 0, 1).astype(np.float32)


def _paper(small: Picture, window: float) -> Picture:
    """A morphological opening: removes whatever is brighter than the paper and narrower than the window."""
    size = max(3, round(window * max(small.shape)) | 1)
    margin = min(size, min(small.shape) - 1)
    # Mirrored so that a slope continues beyond the border, where the opening would cut it off.
    wide = np.pad(small, margin, mode="reflect", reflect_type="odd") if margin else small
    paper = ndimage.maximum_filter(ndimage.minimum_filter(wide, size, mode="nearest"), size, mode="nearest")
    paper = ndimage.uniform_filter(paper, max(1, size // 4), mode="nearest")
    inside = slice(margin, len(wide) - margin), slice(margin, wide.shape[1] - margin)
    return np.ascontiguousarray(np.clip(paper[inside], 0, 1))
