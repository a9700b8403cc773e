"""What is no part of the digit: dirt, and shadows or table edges that come in from the side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from digitlab.images.picture import Picture

_SMALL = 0.05  # of the ink of the largest piece: less is dirt, more may be a stroke that broke off
_FLUSH = 0.15  # of the picture's border: a piece along more of it came in from outside
# A piece inside that is as high as this, of the picture and in pixels, is a digit, whatever came in from outside; in a
# picture of few pixels it may be a part of one that fills the picture.
_HIGH, _HIGH_PIXELS = 0.1, 15
_AROUND = np.ones((3, 3), bool)


def remove_specks(ink: Picture) -> tuple[Picture, str]:
    """The ink without the pieces that are not the digit's."""
    labels, count = ndimage.label(ink > 0, _AROUND)
    if count < 2:
        return ink, "one piece of ink, no specks"
    kept = _kept(ink, labels, count)
    return np.where(kept[labels], ink, 0), f"{count + 1 - kept.sum()} of {count} pieces of ink taken away"


def _kept(ink: Picture, labels: NDArray[np.int32], count: int) -> NDArray[np.bool_]:
    """For each label whether it belongs to the digit, [count + 1]; 0, the paper, counts as kept."""
    mass = np.bincount(labels.ravel(), ink.ravel(), count + 1)
    border = np.concatenate([labels[[0, -1]].ravel(), labels[:, [0, -1]].ravel()])
    flush = np.bincount(border, minlength=count + 1) > _FLUSH * len(border)
    heights = np.array([0] + [rows.stop - rows.start for rows, _ in ndimage.find_objects(labels)])
    mass[0], flush[0] = 0, False
    if not (~flush & (heights > max(_HIGH * len(ink), _HIGH_PIXELS))).any():
        flush[:] = False
    mass[flush] = 0
    kept: NDArray[np.bool_] = mass >= _SMALL * mass.max()
    kept[0] = True
    return kept
