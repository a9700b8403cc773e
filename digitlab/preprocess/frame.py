"""Into the frame of MNIST: 28×28 pixels, the longer side of the ink 20 of them, its centre of mass at index 14."""

from __future__ import annotations

import numpy as np

from digitlab.images.picture import Picture, resized
from digitlab.images.spec import CENTRE_OF_MASS, INK_BOX, MNIST

SIDE = MNIST.height


def fit(ink: Picture) -> tuple[Picture, str]:
    """Resize the crop to 20 pixels on its longer side, proportions kept, in the middle of the frame."""
    scale = INK_BOX / max(ink.shape)
    height, width = (max(1, round(length * scale)) for length in ink.shape)
    frame = np.zeros((SIDE, SIDE), np.float32)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    frame[top : top + height, left : left + width] = resized(ink, (height, width))
    return frame, f"reduced to {width}×{height} pixels, proportions kept"


def squeeze(ink: Picture) -> tuple[Picture, str]:
    """Stretch the crop to the whole frame."""
    return resized(ink, (SIDE, SIDE)), "stretched to the whole frame"


def centre(frame: Picture) -> tuple[Picture, str]:
    """Shift by whole pixels, so that the centre of mass is nearest to index 14; no ink leaves the frame."""
    down, right = (_shift(frame.sum(axis=axis)) for axis in (1, 0))
    shifted = np.roll(frame, (down, right), (0, 1))
    return shifted, f"moved {abs(right)} {'left' if right < 0 else 'right'}, {abs(down)} {'up' if down < 0 else 'down'}"


def _shift(profile: Picture) -> int:
    """By how many pixels to move these sums of ink along one axis."""
    inked = np.flatnonzero(profile)
    wanted = round(CENTRE_OF_MASS - float(profile @ np.arange(SIDE)) / float(profile.sum()))
    return int(np.clip(wanted, -inked[0], SIDE - 1 - inked[-1]))
