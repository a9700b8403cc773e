"""From the path of a pen to an image in the frame of MNIST."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitlab.images.spec import CENTRE_OF_MASS, INK_BOX, MNIST
from digitlab.synthetic.manner import Array

SIDE = MNIST.height  # digits are drawn in the frame of MNIST
# A disc of ink stays within this many pixels around the pixel of its middle.
REACH = 4
# The edge of the ink falls from white to black over this many pixels, half of them outside.
EDGE = 1.4


def fit(places: Array, radius: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Scale the ink box to 20 pixels on its longer side, in the middle of the image.

    Args:
        places: path of the pen, float64 [count, samples, 2], x to the right, y downwards, in any unit.
        radius: half the line width in pixels, float64 [count, samples], at most REACH - 0.5.
        rng: draws where within a pixel the shorter side begins.

    Returns:
        Places in pixels from the image's upper left corner, and the radii to go with them.
    """
    pen = radius[..., None] + (EDGE - 1) / 2  # the ink ends where a pixel's middle is half a pixel outside
    thick = 2 * pen.mean(axis=1, keepdims=True)
    scale = np.full_like(thick, INK_BOX)
    for _ in range(4):  # the line width does not scale with the digit, so the factor is found by iteration
        low, high = _box(places * scale, pen)
        scale *= (INK_BOX - thick) / ((high - low).max(axis=2, keepdims=True) - thick)
    places = places * scale
    low, high = _box(places, pen)
    exact = INK_BOX / (high - low).max(axis=2, keepdims=True)
    slack = INK_BOX - (high - low) * exact
    within = rng.uniform(-0.5, 0.5, slack.shape) * np.minimum(slack, 1)
    return (places - (low + high) / 2) * exact + within + SIDE / 2, radius * exact[..., 0]


def _box(places: Array, pen: Array) -> tuple[Array, Array]:
    """The lowest and highest coordinates that the pen touches, each [count, 1, 2]."""
    return (places - pen).min(axis=1, keepdims=True), (places + pen).max(axis=1, keepdims=True)


def rasterise(places: Array, radius: Array) -> NDArray[np.float32]:
    """Ink between 0 and 1, float32 [count, 28, 28]: the union of soft-edged discs.

    Each disc touches only the pixels near it.  Single precision suffices, and +, -, ×, √ round alike on every machine.
    """
    count = len(places)
    margin = REACH + 1
    side = SIDE + 2 * margin
    canvas = np.zeros(count * side * side, np.float32)
    near = np.floor(places).astype(np.int64)
    steps = np.arange(-REACH, REACH + 1)
    offset = (near - places + 0.5).astype(np.float32)  # from the disc's middle to the middle of its pixel
    dx = offset[..., 0, None] + steps.astype(np.float32)
    dy = offset[..., 1, None] + steps.astype(np.float32)
    distance = np.sqrt((dx * dx)[:, :, None, :] + (dy * dy)[:, :, :, None])
    inside = radius.astype(np.float32)[:, :, None, None] - distance
    ink = np.clip(inside / np.float32(EDGE) + np.float32(0.5), 0, 1)
    ink *= ink * (3 - 2 * ink)
    corner = np.arange(count)[:, None] * side * side + (near[..., 1] + margin) * side + near[..., 0] + margin
    index = corner[..., None, None] + steps[:, None] * side + steps
    np.maximum.at(canvas, index.ravel(), ink.ravel())
    return canvas.reshape(count, side, side)[:, margin:-margin, margin:-margin]


def centre(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shift by whole pixels so that the centre of mass is nearest to index 14.0 on both axes."""
    index = np.arange(SIDE)
    rows = (index - _shift(images.sum(axis=2))[:, None]) % SIDE
    columns = (index - _shift(images.sum(axis=1))[:, None]) % SIDE
    shifted: NDArray[np.uint8] = images[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]
    return shifted


def _shift(profiles: NDArray[np.uint64]) -> NDArray[np.int64]:
    """By how many pixels to move each row of ink sums, int64 [N]; no ink leaves the image."""
    margin = (SIDE - INK_BOX) // 2
    found = (profiles * np.arange(SIDE, dtype=np.uint64)).sum(axis=1) / profiles.sum(axis=1)
    shift: NDArray[np.int64] = np.clip(np.rint(CENTRE_OF_MASS - found), -margin, margin).astype(np.int64)
    return shift
