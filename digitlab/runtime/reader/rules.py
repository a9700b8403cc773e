"""Ruled lines and the boxes of forms, taken out of the ink; strokes that cross them stay whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from digitlab.images.picture import Picture

_LONG = 0.5  # of the sheet's width: no digit has so long a straight line
_BETWEEN = 0.9  # of the distance between two ruled lines: so long are the upright lines of boxes
_SKEW = 2  # pixels that a line may leave its row and still be one
_MENDED = 15  # pixels over which a crossing stroke is taken to go on

Mask = NDArray[np.bool_]


def without_rules(ink: Picture) -> Picture:
    """The ink without long straight lines."""
    mask = ink > 0
    across = _lines(mask, max(1, round(_LONG * mask.shape[1])))
    if not across.any():
        return ink
    rest = _taken_out(mask, across)
    upright = _lines(rest.T, _upright_length(across)).T
    rest = _taken_out(rest.T, upright.T).T
    return np.where(rest, ink, 0)


def _lines(mask: Mask, length: int) -> Mask:
    """Where the mask has lines along its rows of at least this length, a little askew or not."""
    thick = ndimage.maximum_filter1d(mask.view(np.uint8), 2 * _SKEW + 1, axis=0)
    short = ndimage.minimum_filter1d(thick, length, axis=1, mode="constant", cval=0)
    full = ndimage.maximum_filter1d(short, length | 1, axis=1).astype(bool)
    return np.asarray(mask & full)


def _taken_out(mask: Mask, lines: Mask) -> Mask:
    """The mask without the lines, but with what goes on at both sides of them."""
    rest = mask & ~lines
    near = rest.view(np.uint8)
    above = ndimage.maximum_filter1d(near, _MENDED, axis=0, origin=_MENDED // 2)
    below = ndimage.maximum_filter1d(near, _MENDED, axis=0, origin=-(_MENDED // 2))
    return np.asarray(rest | (mask & (above & below).astype(bool)))


def _upright_length(across: Mask) -> int:
    """What an upright line measures at least: most of the way from one ruled line to the next."""
    rows = np.flatnonzero(across.any(axis=1))
    gaps = np.diff(rows)
    gaps = gaps[gaps > _MENDED]
    return max(_MENDED, round(_BETWEEN * float(np.median(gaps)))) if len(gaps) else len(across)
