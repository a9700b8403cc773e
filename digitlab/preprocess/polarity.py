"""Whether the ink is darker or brighter than the paper.

Otsu's threshold splits the picture into dark and bright.  Four questions vote on which of them is paper: which covers
most of the picture, most of its border, most of its corners, and which is in many pieces (a stroke is connected).  No
question is right for all pictures: a bold digit that fills its picture leaves less paper than ink, and little of it
along the border.

Uneven light can split the paper itself.  So the same is asked of the picture minus its median filter, which removes
the edge of a shadow and keeps what is narrow; the clearer answer counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy import ndimage

from digitlab.images.picture import Picture, reduced
from digitlab.preprocess.threshold import otsu_threshold

_SIDE = 22  # pixels of the longer side of the picture that is judged
_CORNER = 1 / 8  # of the shorter side
_WINDOW = 11  # pixels, more than twice the width of any line
_EIGHT_NEIGHBOURS = np.ones((3, 3), bool)


def bright_ink(picture: Picture) -> tuple[Picture, str]:
    """The picture with its ink brighter than its paper."""
    if ink_is_dark(picture):
        return 1 - picture, "the ink is darker than the paper: inverted"
    return picture, "the ink is already brighter than the paper"


def ink_is_dark(picture: Picture) -> bool:
    """Whether the ink is darker than the paper."""
    small = reduced(picture, _SIDE)
    median = np.asarray(Image.fromarray(small).filter(ImageFilter.MedianFilter(_WINDOW)))
    return max(_brightness_of_paper(small), _brightness_of_paper(small - median), key=abs) > 0


def _brightness_of_paper(values: Picture) -> float:
    """Above 0 where the bright part looks like paper, below 0 where the dark part does; farther from 0 is clearer."""
    bright = values > otsu_threshold(values)
    if bright.all() or not bright.any():
        return 0.0
    rows, columns = bright[[0, -1]].ravel(), bright[1:-1, [0, -1]].ravel()
    border = np.concatenate([rows, columns])
    most = bright.mean() + border.mean() + _corners(bright).mean() - 1.5
    return float(most + _share_of_largest(~bright) - _share_of_largest(bright))


def _corners(bright: NDArray[np.bool_]) -> NDArray[np.bool_]:
    side = max(1, round(min(bright.shape) * _CORNER))
    ends = np.r_[:side, -side:0]
    corners: NDArray[np.bool_] = bright[np.ix_(ends, ends)]
    return corners


def _share_of_largest(part: NDArray[np.bool_]) -> float:
    labels, _ = ndimage.label(part, _EIGHT_NEIGHBOURS)
    sizes = np.bincount(labels.ravel())[1:]
    return float(sizes.max() / sizes.sum())
