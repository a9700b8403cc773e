"""Which pixels are ink, and how much, from the brightness of paper, noise and full ink in the picture itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from digitlab.images.picture import Picture
from digitlab.preprocess.threshold import otsu_of_counts

_BINS = 510  # of brightness; the 256 levels of a file are among them
_MIN_DEVIATIONS = 4.0  # of the paper's noise, that ink must exceed
_MIN_CONTRAST = 3 / 255  # between paper and full ink
_MIN_SURE, _MIN_FAINT = 0.5, 0.25  # of full ink: faint ink counts where it touches sure ink (hysteresis)
_EIGHT_NEIGHBOURS = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Levels:
    """Brightness of the paper, of its brightest noise, and of full ink."""

    paper: float
    noise: float
    ink: float


def find_ink(picture: Picture) -> tuple[Picture, str]:
    """Bright ink on even paper → ink from 0 to 1; all 0 where the picture shows only paper."""
    levels = measure(picture)
    if levels is None:
        return np.zeros_like(picture), "nothing stands out from the paper"
    strength = (picture - levels.paper) / (levels.ink - levels.paper)
    faint = (strength > _MIN_FAINT) & (picture > levels.noise)
    labels, _ = ndimage.label(faint, _EIGHT_NEIGHBOURS)
    sure = np.zeros(labels.max() + 1, bool)
    sure[labels[strength > _MIN_SURE]] = True
    sure[0] = False
    # The soft edge belongs to the ink, a halo further out does not.
    near = ndimage.binary_dilation(sure[labels], _EIGHT_NEIGHBOURS)
    ink = np.where(near, np.clip(strength, 0, 1), 0).astype(np.float32)
    return ink, f"ink found on {100 * sure[labels].mean():.1f}% of the picture"


def measure(picture: Picture) -> Levels | None:
    """The levels of a picture with bright ink; None where it shows only paper."""
    counts = np.bincount(np.rint(picture * _BINS).astype(np.int64).ravel(), minlength=_BINS + 1)
    if np.count_nonzero(counts) < 2:
        return None
    values = np.arange(_BINS + 1) / _BINS
    limit = otsu_of_counts(counts, values)
    for _ in range(4):  # paper and noise depend on the limit, and the limit on them
        below = np.where(values <= limit, counts, 0)
        paper = _median(below, values)
        deviation = 1.4826 * _median(below, np.abs(values - paper))
        limit = paper + _MIN_DEVIATIONS * deviation
    above = np.where(values > limit, counts, 0)
    if not above.any():
        return None
    ink = _median(np.where(values > otsu_of_counts(above, values), above, 0), values)
    return Levels(paper, limit, ink) if ink - paper >= _MIN_CONTRAST else None


def _median(counts: NDArray[np.int64], values: NDArray[np.float64]) -> float:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(counts[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
