"""Digits as coarse scans show them: black and white only, few pixels, stretched to the sides of their frame.

A reader gets them through the preprocessing, so that is how they are shown to one that learns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.preprocess.pipeline import prepare

SIDE = 16  # pixels; as coarse as the forms and letters that were scanned in the eighties
NARROW = 0.35  # width of a digit of height 1: narrower ones, as a bar, keep their proportion
THRESHOLD = 0.3, 0.6  # of the brightest ink, from least to most, above which a pixel is ink


def scanned(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Images uint8 [N, 28, 28], white on black with ink in each, as the preprocessing brings their scans back."""
    levels = rng.uniform(*THRESHOLD, len(images))
    return np.stack([prepare(_scan(image, level)).image for image, level in zip(images, levels, strict=True)])


def _scan(image: NDArray[np.uint8], level: float) -> NDArray[np.uint8]:
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    ink = Image.fromarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    width = SIDE if ink.width > NARROW * ink.height else max(2, round(SIDE * ink.width / ink.height))
    coarse = np.asarray(ink.resize((width, SIDE), Image.Resampling.BOX))
    marked = (coarse >= level * coarse.max()).astype(np.uint8) * 255
    return np.pad(marked, ((0, 0), ((SIDE - width) // 2, (SIDE - width + 1) // 2)))
