"""Ruled lines and the boxes of forms, taken out of the ink.

The strokes that cross them lose a piece, too: here it is only found where lines of digits run, and the line network
sees the page with its rules.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from digitlab.images.picture import Picture

_LONG = 0.5  # of the sheet's width: no digit has so long a straight line
_BETWEEN = 0.9  # of the distance between two ruled lines: so long are the upright lines of boxes
_SKEW = 2  # pixels that a line may leave its row and still be one
_THICK = 15  # rows that one ruled line takes at most

Mask = NDArray[np.bool_]


def without_rules(ink: Picture) -> Picture:
    """The ink without long straight lines."""
    mask = ink > 0
    across = _lines(mask, max(1, round(_LONG * mask.shape[1])))
    if not across.any():
        return ink
    rest = mask & ~across
    upright = _lines(rest.T, _upright_length(across)).T
    return np.where(rest & ~upright, ink, 0)


def _lines(mask: Mask, length: int) -> Mask:
    """Where the mask has lines along its rows of at least this length, a little askew or not."""
    thick = ndimage.maximum_filter1d(mask.view(np.uint8), 2 * _SKEW + 1, axis=0)
    short = ndimage.minimum_filter1d(thick, length, axis=1, mode="constant", cval=0)
    full = ndimage.maximum_filter1d(short, length | 1, axis=1).astype(bool)
    return np.asarray(mask & full)


def _upright_length(across: Mask) -> int:
    """What an upright line measures at least: most of the way from one ruled line to the next."""
    rows = np.flatnonzero(across.any(axis=1))
    gaps = np.diff(rows)
    gaps = gaps[gaps > _THICK]
    return max(_THICK, round(_BETWEEN * float(np.median(gaps)))) if len(gaps) else len(across)
