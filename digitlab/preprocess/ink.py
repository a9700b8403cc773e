"""What is ink, and how much: found from the picture's own paper, noise and full ink."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from digitlab.images.picture import Picture
from digitlab.preprocess.threshold import best_parting

_STEPS = 510  # of brightness in which it is counted; the 256 of a file are among them
_NOISE = 4.0  # deviations of the paper's noise that ink must exceed
_LEAST_CONTRAST = 3 / 255  # between paper and full ink
_SURE, _FAINT = 0.5, 0.25  # of full ink: faint ink counts where it hangs together with sure ink
_AROUND = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Levels:
    """Brightness of the paper, of the brightest noise on it, and of full ink."""

    paper: float
    noise: float
    ink: float


def find_ink(picture: Picture) -> tuple[Picture, str]:
    """Bright ink on even paper → ink from 0 to 1; all 0 where nothing stands out from the paper."""
    levels = measure(picture)
    if levels is None:
        return np.zeros_like(picture), "nothing stands out from the paper"
    strength = (picture - levels.paper) / (levels.ink - levels.paper)
    faint = (strength > _FAINT) & (picture > levels.noise)
    labels, _ = ndimage.label(faint, _AROUND)
    sure = np.zeros(labels.max() + 1, bool)
    sure[labels[strength > _SURE]] = True
    sure[0] = False
    near = ndimage.binary_dilation(
        sure[labels], _AROUND
    )  # the soft edge belongs to the ink, a halo further out does not
    ink = np.where(near, np.clip(strength, 0, 1), 0).astype(np.float32)
    return ink, f"ink found on {100 * sure[labels].mean():.1f}% of the picture"


def measure(picture: Picture) -> Levels | None:
    """The levels of a picture with bright ink, or None where it shows nothing but paper."""
    counts = np.bincount(np.rint(picture * _STEPS).astype(np.int64).ravel(), minlength=_STEPS + 1)
    if np.count_nonzero(counts) < 2:
        return None
    values = np.arange(_STEPS + 1) / _STEPS
    limit = best_parting(counts, values)
    for _ in range(4):  # paper and noise follow from the limit, and the limit from them
        below = np.where(values <= limit, counts, 0)
        paper = _median(below, values)
        deviation = 1.4826 * _median(below, np.abs(values - paper))
        limit = paper + _NOISE * deviation
    above = np.where(values > limit, counts, 0)
    if not above.any():
        return None
    ink = _median(np.where(values > best_parting(above, values), above, 0), values)
    return Levels(paper, limit, ink) if ink - paper >= _LEAST_CONTRAST else None


def _median(counts: NDArray[np.int64], values: NDArray[np.float64]) -> float:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(counts[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
