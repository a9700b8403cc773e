"""Digits as coarse scans show them: black and white only, few pixels, stretched to the sides of their frame.

In use they come through the preprocessing, so they pass through it for training too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.preprocess.pipeline import prepare

SIDE = 16  # pixels; as coarse as the scans of the eighties (USPS, Semeion)
MIN_STRETCHED_WIDTH = 0.35  # of a digit of height 1: narrower ones, such as a bar, keep their proportions
THRESHOLD = 0.3, 0.6  # range of the share of the brightest ink above which a pixel is ink


def scanned(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Images uint8 [N, 28, 28], white on black with ink in each, as the preprocessing returns their scans."""
    levels = rng.uniform(*THRESHOLD, len(images))
    return np.stack([prepare(_scan(image, level)).image for image, level in zip(images, levels, strict=True)])


def _scan(image: NDArray[np.uint8], level: float) -> NDArray[np.uint8]:
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    ink = Image.fromarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    width = SIDE if ink.width > MIN_STRETCHED_WIDTH * ink.height else max(2, round(SIDE * ink.width / ink.height))
    coarse = np.asarray(ink.resize((width, SIDE), Image.Resampling.BOX))
    marked = (coarse >= level * coarse.max()).astype(np.uint8) * 255
    return np.pad(marked, ((0, 0), ((SIDE - width) // 2, (SIDE - width + 1) // 2)))
