"""Whether the ink is darker or brighter than the paper.

The picture is parted in dark and bright, and four things are asked: which of them most of the picture is, most of its
border, most of its corners, and which lies about in pieces (a pen's line hangs together).  None of them is right for
all pictures: a fat digit that fills its picture leaves less paper than ink, and little of it along the border.

Uneven light can part the paper itself.  So the same is asked of the picture less the median around each pixel, which
keeps the edge of a shadow and loses what is narrow, and the clearer of both answers counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy import ndimage

from digitlab.images.picture import Picture, reduced
from digitlab.preprocess.threshold import parting

_SIDE = 22  # pixels in which the question is asked
_CORNER = 1 / 8  # of the shorter side
_WINDOW = 11  # pixels, more than twice the width of any line
_EIGHT = np.ones((3, 3), bool)


def bright_ink(picture: Picture) -> tuple[Picture, str]:
    """The picture with its ink brighter than its paper."""
    if ink_is_dark(picture):
        return 1 - picture, "the ink is darker than the paper: dark and bright changed places"
    return picture, "the ink is brighter than the paper already"


def ink_is_dark(picture: Picture) -> bool:
    """Whether what stands out from the paper is darker than it."""
    small = reduced(picture, _SIDE)
    median = np.asarray(Image.fromarray(small).filter(ImageFilter.MedianFilter(_WINDOW)))
    return max(_brightness_of_paper(small), _brightness_of_paper(small - median), key=abs) > 0


def _brightness_of_paper(values: Picture) -> float:
    """Above 0 where the bright part looks like paper, below 0 where the dark one does; the further, the clearer."""
    bright = values > parting(values)
    if bright.all() or not bright.any():
        return 0.0
    rows, columns = bright[[0, -1]].ravel(), bright[1:-1, [0, -1]].ravel()
    border = np.concatenate([rows, columns])
    most = bright.mean() + border.mean() + _corners(bright).mean() - 1.5
    return float(most + _together(~bright) - _together(bright))


def _corners(bright: NDArray[np.bool_]) -> NDArray[np.bool_]:
    side = max(1, round(min(bright.shape) * _CORNER))
    ends = np.r_[:side, -side:0]
    corners: NDArray[np.bool_] = bright[np.ix_(ends, ends)]
    return corners


def _together(part: NDArray[np.bool_]) -> float:
    """The share of the largest piece."""
    labels, _ = ndimage.label(part, _EIGHT)
    sizes = np.bincount(labels.ravel())[1:]
    return float(sizes.max() / sizes.sum())
