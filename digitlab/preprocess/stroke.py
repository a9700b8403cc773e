"""Stroke width: very thin or thick strokes are brought near the widths of MNIST."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitlab.images.picture import Picture, resized
from digitlab.images.spec import INK_BOX

# Pixels of width in a box of 20: about 1% of MNIST's digits are thinner than the first, 1% thicker than the second.
_MIN_WIDTH, _MAX_WIDTH = 1.4, 4.5
_WIDTH_OF_THIN, _WIDTH_OF_THICK = 1.8, 4.0  # which thin and thick strokes get
_SUBPIXELS = 4  # a width can be set to a quarter of a pixel


def mean_width(ink: Picture) -> float:
    """Mean width of the strokes in pixels: twice the area by the length of the outline, soft edges counted as such."""
    padded = np.pad(ink, 1)
    down, right = np.diff(padded, axis=0)[:, :-1], np.diff(padded, axis=1)[:-1]
    return 2 * float(ink.sum()) / max(float(np.hypot(down, right).sum()), 1e-6)


def set_stroke(ink: Picture) -> tuple[Picture, str]:
    """Widen thin strokes and narrow thick ones; those of an ordinary pen stay as they are."""
    width = mean_width(ink) * INK_BOX / max(ink.shape)
    if _MIN_WIDTH <= width <= _MAX_WIDTH:
        return ink, f"the stroke is {width:.1f} pixels wide, as in MNIST"
    wanted = _WIDTH_OF_THIN if width < _MIN_WIDTH else _WIDTH_OF_THICK
    return _widened(ink, wanted - width), f"the stroke was {width:.1f} pixels wide: changed to {wanted}"


def _widened(ink: Picture, by: float) -> Picture:
    """Widened by this many pixels of a box of 20, in a crop with `_SUBPIXELS` times its resolution."""
    margin = _SUBPIXELS * (1 + round(max(by, 0)))
    scale = (_SUBPIXELS * INK_BOX - (2 * margin if by > 0 else 0)) / max(ink.shape)
    fine = resized(ink, (max(1, round(ink.shape[0] * scale)), max(1, round(ink.shape[1] * scale))))
    fine = np.pad(fine, margin)
    inside = fine > 0.5 * fine.max()
    distance = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    edge = distance - 0.5 * np.sign(distance)  # from the outline, which lies between two pixels
    return np.asarray(np.clip(edge + by * _SUBPIXELS / 2 + 0.5, 0, 1), np.float32)
