"""How often a convolutional network halves its images, by their size.

A picture of 28×28 is halved twice, to 7×7.  Larger ones are halved until their longer side is about as small, so that
the last layers see the whole picture and have no more weights; each halving more comes with a convolution more.
"""

from __future__ import annotations

import math
from typing import Literal

from digitlab.images.spec import MNIST, ImageSpec

HALVINGS = 2  # of 28×28
_LEAST = 5  # pixels of the shorter side after all halvings, with which a convolution may go without padding


def halvings(spec: ImageSpec) -> int:
    """How often: once up to 19 pixels, twice to 39, 3 times to 79, 4 to 158, 5 to 256; at least one pixel is left."""
    wanted = HALVINGS + round(math.log2(spec.longest / MNIST.longest))
    return max(1, min(wanted, int(math.log2(min(spec.height, spec.width)))))


def padding(spec: ImageSpec) -> Literal["valid", "same"]:
    """Of convolutions that go without where the picture is large enough for it."""
    return "valid" if min(spec.height, spec.width) >= _LEAST * 2 ** halvings(spec) else "same"
