"""The ink of a whole sheet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy import ndimage

from digitlab.images.picture import Picture, reduced
from digitlab.preprocess.ink import find_ink
from digitlab.preprocess.light import level
from digitlab.runtime.reader.rules import without_rules

_SIDE = 256  # pixels in which the paper is looked for: a shadow's edge must be found on its place
_WINDOW = 1 / 12  # of the sheet: wider than the pen, narrower than a shadow
_POLARITY_SIDE, _MEDIAN = 160, 11  # pixels of the sheet, and around each of them, in which paper is what most are
_STANDS_OUT = 5.0  # medians of all differences from the paper around
_AROUND = np.ones((3, 3), bool)


def flat_sheet(picture: Picture) -> Picture:
    """A picture of any polarity and light with bright ink on black, even paper."""
    return level(1 - picture if _ink_is_dark(picture) else picture, _SIDE, _WINDOW)


def sheet_ink(flat: Picture) -> Picture:
    """Ink from 0 to 1, without ruled lines and what comes in from outside."""
    ink = _handwriting(flat)
    outside = _from_outside(ink)
    if not outside.any():
        return ink
    # A dark table sets another measure of full ink than a pencil does, so that it is taken away before measuring.
    inside = _handwriting(np.where(ndimage.binary_dilation(outside, _AROUND, 2), 0, flat))
    inside[_from_outside(inside)] = 0
    return inside if inside.any() else ink


def _handwriting(flat: Picture) -> Picture:
    ink, _ = find_ink(flat)
    return without_rules(ink)


def _ink_is_dark(picture: Picture) -> bool:
    """Whether more places are darker than the paper around them; many small digits leave no other trace."""
    small = reduced(picture, _POLARITY_SIDE)
    off = small - np.asarray(Image.fromarray(small).filter(ImageFilter.MedianFilter(_MEDIAN)))
    off = off[_MEDIAN:-_MEDIAN, _MEDIAN:-_MEDIAN] if min(off.shape) > 3 * _MEDIAN else off  # without the table's edge
    stands_out = _STANDS_OUT * np.median(np.abs(off)) + 1 / 255
    return bool((off < -stands_out).sum() > (off > stands_out).sum())


def _from_outside(ink: Picture) -> NDArray[np.bool_]:
    """Where the ink hangs together with the picture's border."""
    labels, count = ndimage.label(ink > 0, _AROUND)
    touches = np.zeros(count + 1, bool)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        touches[side] = True
    touches[0] = False
    return np.asarray(touches[labels])
