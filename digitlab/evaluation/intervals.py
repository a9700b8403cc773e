"""Confidence intervals and tests, in fractions of 1.

Two kinds of chance are kept apart: another seed (t over seeds) and other test images (Wilson, McNemar, Agresti-Min).
scipy.special is imported inside the functions, since it takes 0.2 s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import UsageError

Z_95 = 1.959963984540054  # the 97.5% point of the normal distribution
ALPHA = 0.05  # two-sided: how often two equal recipes are called different
POWER = 0.8  # how often a detectable gap is found


class Interval(NamedTuple):
    """A 95% interval, in the unit of its number."""

    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half its length, printed after ±."""
        return (self.high - self.low) / 2


class SeedMean(NamedTuple):
    """Mean and standard deviation (n − 1) over seeds, and the 95% interval of the mean."""

    mean: float
    sd: float
    interval: Interval


class PairedT(NamedTuple):
    """A mean difference over seeds, with its two-sided p value."""

    mean: float
    sd: float
    interval: Interval
    p_value: float


def wilson_interval(right: int, n: int) -> Interval:
    """The 95% interval of a proportion after `right` successes in `n`; (0, 1) for n = 0.

    Unlike the normal interval it stays inside [0, 1] and keeps its level near 0 and 1
    (Wilson 1927, "Probable inference, the law of succession, and statistical inference").
    """
    if n == 0:
        return Interval(0.0, 1.0)
    share = right / n
    centre = share + Z_95**2 / (2 * n)
    spread = Z_95 * math.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2))
    scale = 1 + Z_95**2 / n
    return Interval(max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))


def image_noise(accuracy: float, n: int) -> float:
    """By how much `n` other test images may change this accuracy: half the width of Wilson's interval."""
    return wilson_interval(round(accuracy * n), n).half_width


def mean_over_seeds(values: Sequence[float], *, resolution: float) -> SeedMean:
    """Mean m, standard deviation s and 95% interval m ± t(0.975, n − 1) · s/√n.

    Student 1908, "The probable error of a mean".

    Args:
        values: one per seed, at least two.
        resolution: the smallest possible change of a value, 1 / test images for an accuracy.  In the interval s is at
            least this: seeds that agree on every image show a spread too small to measure, not a spread of 0.

    Raises:
        UsageError: fewer than two values, one that is not finite, or a resolution that is not above 0.
    """
    from scipy.special import stdtrit

    n, mean, sd, error = _moments(values, resolution)
    half = float(stdtrit(n - 1, 1 - ALPHA / 2)) * error
    return SeedMean(mean, sd, Interval(mean - half, mean + half))


def paired_t(differences: Sequence[float], *, resolution: float) -> PairedT:
    """Paired t over seeds: t = m / (s/√n) with n − 1 degrees of freedom (Student 1908).

    Args:
        differences: one per seed, at least two.
        resolution: as in `mean_over_seeds`.  With it the test is defined for s = 0: differences that are all 0 give
            p = 1; two seeds that both gain one image of 10,000 give p = 0.4, two that both gain fifty p = 0.009.

    Raises:
        UsageError: as `mean_over_seeds`.
    """
    from scipy.special import stdtr

    n, mean, _, error = _moments(differences, resolution)
    p_value = 2 * float(stdtr(n - 1, -abs(mean) / error))
    return PairedT(*mean_over_seeds(differences, resolution=resolution), p_value)


def _moments(values: Sequence[float], resolution: float) -> tuple[int, float, float, float]:
    """Count, mean and standard deviation of the values, and the standard error of the mean."""
    n = len(values)
    if n < 2 or not np.isfinite(values).all() or not resolution > 0:
        raise UsageError(
            "a spread over seeds cannot be computed",
            found=f"values {list(map(float, values))}, resolution {resolution}",
            remedy="give the finite values of two or more seeds and a resolution above 0",
        )
    mean, sd = float(np.mean(values)), float(np.std(values, ddof=1))
    return n, mean, sd, max(sd, resolution) / math.sqrt(n)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p values corrected for multiple comparisons, in the order given.

    The i-th smallest of k is multiplied by k − i + 1, is at least as large as the one before, and at most 1
    (Holm 1979, "A simple sequentially rejective multiple test procedure").
    """
    p = np.asarray(p_values, float)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(stepped, 1)
    return [float(value) for value in corrected]


def detectable_gap(sd: float, seeds: int, comparisons: int = 1) -> float:
    """The smallest true difference that a paired t over seeds detects, in the right direction, with a power of 80%.

    gap = δ · sd/√n, where a noncentral t with n − 1 degrees of freedom and noncentrality δ exceeds the two-sided
    critical value of α = 0.05 / comparisons in 80% of cases (Cohen 1988, "Statistical power analysis", ch. 2).
    Bonferroni's α is the strictest step of Holm's, so with several models the power is 80% or more.

    Args:
        sd: standard deviation of the paired differences, over seeds.
        seeds: n.
        comparisons: models compared with the baseline.

    Returns:
        The gap, in the unit of `sd`; infinite with fewer than two seeds.
    """
    from scipy.special import nctdtrinc, stdtrit

    if seeds < 2:
        return math.inf
    critical = stdtrit(seeds - 1, 1 - ALPHA / (2 * comparisons))
    return float(nctdtrinc(seeds - 1, 1 - POWER, critical)) * sd / math.sqrt(seeds)


def exact_mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided p value for equal networks, from the numbers of images that only one of them classifies correctly.

    p = 2 · P(Binomial(n, ½) ≤ the smaller number), at most 1 (McNemar 1947, "Note on the sampling error of the
    difference between correlated proportions"; the exact form).
    """
    from scipy.special import bdtr

    n = only_first + only_second
    return min(1.0, 2 * float(bdtr(min(only_first, only_second), n, 0.5)))


def paired_interval(only_first: int, only_second: int, n: int) -> Interval:
    """The 95% interval of the difference in accuracy, first − second, of two networks on the same `n` images.

    The normal interval with half an image added to each of the four cells (both, only first, only second, none):
    Agresti and Min 2005, "Simple improved confidence intervals for comparing matched proportions".
    """
    centre, half = _agresti_min(only_first - only_second, only_first + only_second, n)
    return Interval(max(-1.0, centre - half), min(1.0, centre + half))


def paired_image_noise(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """By how much other test images may change a difference that is a mean over seeds: 95% half width.

    The difference of each image is averaged over seeds, between −1 and 1, so that the noise of seeds does not count as
    that of images.  With one seed it is the half width of `paired_interval`.

    Args:
        first: [seeds, images], where the first model was right.
        second: [seeds, images], the second, on the same images.
    """
    image = first.mean(axis=0) - second.mean(axis=0)  # [images]
    return _agresti_min(float(image.sum()), float((image**2).sum()), len(image))[1]


def _agresti_min(total: float, squares: float, n: int) -> tuple[float, float]:
    """Centre and half width, from the sums over images of the differences and of their squares."""
    n, squares = n + 2, squares + 1
    return total / n, Z_95 * math.sqrt(squares - total**2 / n) / n
