"""Uneven light: how bright the paper is at each place, taken away."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitlab.images.picture import Picture, reduced, resized
from digitlab.preprocess.threshold import clearness

_SIDE = 64  # pixels in which the paper is looked for
_WINDOW = 0.25  # of the longer side: wider than most strokes, so that some paper is in sight, and narrower than shadows
_CLEARER = 0.01  # by which ink and paper must be clearer apart for the light to have been uneven
_LEAST_LIGHT = 0.1  # what reflects less is taken to reflect this: in the deepest shadow there is nothing to divide by


def flatten(picture: Picture) -> tuple[Picture, str]:
    """Bright ink on uneven paper → ink from 0, paper, to 1, nothing reflected; left as it is where that is no clearer.

    In a picture that a digit fills, a wide stroke or one along the border is no narrower than the paper.
    """
    small = reduced(picture, _SIDE)
    paper = _paper(small, _WINDOW)
    if clearness(_on_even_paper(small, paper)) < clearness(small) + _CLEARER:
        return picture, "the light is even"
    told = f"the paper's brightness, which differed by {100 * np.ptp(paper):.0f}%, was taken away"
    return _on_even_paper(picture, paper), told


def level(picture: Picture, side: int, window: float) -> Picture:
    """Bright ink on any paper → ink from 0, paper, to 1, nothing reflected.

    Args:
        picture: with ink brighter than its paper.
        side: pixels of the longer side in which the paper is looked for.
        window: share of the longer side in which there is always some paper.
    """
    return _on_even_paper(picture, _paper(reduced(picture, side), window))


def _on_even_paper(picture: Picture, paper: Picture) -> Picture:
    paper = resized(paper, (picture.shape[0], picture.shape[1]))
    return np.clip((picture - paper) / np.maximum(1 - paper, _LEAST_LIGHT), 0, 1).astype(np.float32)


def _paper(small: Picture, window: float) -> Picture:
    """An opening: nothing brighter than the paper remains that is narrower than the window."""
    size = max(3, round(window * max(small.shape)) | 1)
    margin = min(size, min(small.shape) - 1)
    # Mirrored so that a slope goes on beyond the border, where the opening would end it.
    wide = np.pad(small, margin, mode="reflect", reflect_type="odd") if margin else small
    paper = ndimage.maximum_filter(ndimage.minimum_filter(wide, size, mode="nearest"), size, mode="nearest")
    paper = ndimage.uniform_filter(paper, max(1, size // 4), mode="nearest")
    inside = slice(margin, len(wide) - margin), slice(margin, wide.shape[1] - margin)
    return np.ascontiguousarray(np.clip(paper[inside], 0, 1))
