"""A line of text as the line reader takes it: 32 pixels high, bright ink on black, whatever paper it was on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from digitlab.images.picture import Picture, as_bytes, resized

ALPHABET = "0123456789.-/"  # what is read in it: classes 1 to 13, 0 is none of them; a comma counts as a point
STEP = 4  # columns for one answer of the network
HEIGHT = 32  # pixels: digits of 15 to 30 pixels, of which MNIST's have 20
# Pixels, wider than a marker's stroke and narrower than a shadow; odd, so that the filters are symmetric.
_WINDOW = 17
_BRIGHTEST = 0.01  # of the pixels: full ink is their mean, so that noise does not set it
_MIN_CONTRAST = 0.06  # what stands out less is paper, and is not amplified


def strip(line: Picture) -> NDArray[np.uint8]:
    """The strip, uint8 [32, width], of a line with bright ink, [height, width] in any size and light."""
    height, width = line.shape
    small = resized(line, (HEIGHT, max(1, round(width * HEIGHT / height))))
    paper = ndimage.grey_opening(small, (_WINDOW, _WINDOW), mode="nearest")
    ink = small - ndimage.uniform_filter(paper, _WINDOW // 2, mode="nearest")
    count = max(1, round(_BRIGHTEST * ink.size))
    full = float(np.partition(ink.ravel(), -count)[-count:].mean())
    return as_bytes(ink / max(full, _MIN_CONTRAST))
