"""Uneven light: how bright the paper is at each place, taken away."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitlab.preprocess.picture import Picture, reduced, resized

_SIDE = 64  # pixels in which the paper is looked for
_WINDOW = 0.5  # of the longer side: wider than any stroke, so that some paper is always in sight
_LEAST_LIGHT = 0.1  # what reflects less is taken to reflect this: in the deepest shadow there is nothing to divide by


def flatten(picture: Picture, side: int = _SIDE, window: float = _WINDOW) -> tuple[Picture, str]:
    """Bright ink on uneven paper → ink from 0, paper, to 1, nothing reflected.

    Args:
        picture: with ink brighter than its paper.
        side: pixels of the longer side in which the paper is looked for.
        window: share of the longer side in which there is always some paper.
    """
    paper = _paper(picture, side, window)
    ink = np.clip((picture - paper) / np.maximum(1 - paper, _LEAST_LIGHT), 0, 1).astype(np.float32)
    return ink, f"the paper's brightness, which differed by {100 * np.ptp(paper):.0f}%, was taken away"


def _paper(picture: Picture, side: int, window: float) -> Picture:
    """An opening: nothing brighter than the paper remains that is narrower than the window."""
    small = reduced(picture, side)
    size = max(3, round(window * max(small.shape)) | 1)
    least = ndimage.minimum_filter(small, size, mode="nearest")
    paper = ndimage.maximum_filter(least, size, mode="nearest")
    paper = ndimage.uniform_filter(paper, max(1, size // 4), mode="nearest")
    return resized(paper, (picture.shape[0], picture.shape[1]))
