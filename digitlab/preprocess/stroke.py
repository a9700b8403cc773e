"""The width of the pen, brought to what MNIST has where it is far from it."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitlab.images.picture import Picture, resized

BOX = 20  # pixels of the longer side in MNIST
_THIN, _THICK = 1.4, 4.5  # pixels of a box of 20; about 1% of MNIST are thinner, 1% thicker
_WIDENED, _NARROWED = 1.8, 4.0  # what is made of them
_FINE = 4  # pixels for one of the box: a width can be set to a quarter of a pixel


def mean_width(ink: Picture) -> float:
    """Mean width of the strokes in pixels: twice the area by the length of the outline, soft edges counted as such."""
    padded = np.pad(ink, 1)
    down, right = np.diff(padded, axis=0)[:, :-1], np.diff(padded, axis=1)[:-1]
    return 2 * float(ink.sum()) / max(float(np.hypot(down, right).sum()), 1e-6)


def set_stroke(ink: Picture) -> tuple[Picture, str]:
    """Thin strokes are made wider, thick ones narrower; those of an ordinary pen stay as they are."""
    width = mean_width(ink) * BOX / max(ink.shape)
    if _THIN <= width <= _THICK:
        return ink, f"the pen is {width:.1f} pixels wide, as in MNIST"
    wanted = _WIDENED if width < _THIN else _NARROWED
    return _widened(ink, wanted - width), f"the pen is {width:.1f} pixels wide: brought to {wanted}"


def _widened(ink: Picture, by: float) -> Picture:
    """Wider by this many pixels of a box of 20, in a crop `_FINE` times as fine as the box."""
    margin = _FINE * (1 + round(max(by, 0)))
    scale = (_FINE * BOX - (2 * margin if by > 0 else 0)) / max(ink.shape)
    fine = resized(ink, (max(1, round(ink.shape[0] * scale)), max(1, round(ink.shape[1] * scale))))
    fine = np.pad(fine, margin)
    inside = fine > 0.5 * fine.max()
    distance = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    edge = distance - 0.5 * np.sign(distance)  # from the outline itself, which runs between two pixels
    return np.asarray(np.clip(edge + by * _FINE / 2 + 0.5, 0, 1), np.float32)
