"""Remove what is not part of the digit: dirt, and shadows or table edges that reach in from the side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from digitlab.images.picture import Picture

_MIN_INK = 0.05  # of the ink of the largest piece: less is dirt, more may be a stroke that broke off
_MAX_BORDER = 0.15  # of the picture's border: a piece along more of it came in from outside
# An inner piece higher than this, as a share of the picture and in pixels, is a digit, whatever came in from outside;
# in a picture of few pixels it may be a part of a digit that fills the picture.
_MIN_HEIGHT, _MIN_HEIGHT_PIXELS = 0.1, 15
_AROUND = np.ones((3, 3), bool)


def despeckle(ink: Picture) -> tuple[Picture, str]:
    """The ink without the pieces that are not part of the digit."""
    labels, count = ndimage.label(ink > 0, _AROUND)
    if count < 2:
        return ink, "one piece of ink, no specks"
    kept = _kept(ink, labels, count)
    return np.where(kept[labels], ink, 0), f"{count + 1 - kept.sum()} of {count} pieces of ink removed"


def _kept(ink: Picture, labels: NDArray[np.int32], count: int) -> NDArray[np.bool_]:
    """For each label whether it is part of the digit, [count + 1]; label 0, the paper, counts as kept."""
    mass = np.bincount(labels.ravel(), ink.ravel(), count + 1)
    border = np.concatenate([labels[[0, -1]].ravel(), labels[:, [0, -1]].ravel()])
    flush = np.bincount(border, minlength=count + 1) > _MAX_BORDER * len(border)
    heights = np.array([0] + [rows.stop - rows.start for rows, _ in ndimage.find_objects(labels)])
    mass[0], flush[0] = 0, False
    if not (~flush & (heights > max(_MIN_HEIGHT * len(ink), _MIN_HEIGHT_PIXELS))).any():
        flush[:] = False
    mass[flush] = 0
    kept: NDArray[np.bool_] = mass >= _MIN_INK * mass.max()
    kept[0] = True
    return kept
