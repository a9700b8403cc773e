"""How sure a measured number is."""

from __future__ import annotations

import math
from typing import NamedTuple

Z_95 = 1.959963984540054  # the 97.5% point of the normal distribution


class Interval(NamedTuple):
    """A 95% interval, as fractions."""

    low: float
    high: float


def wilson_interval(right: int, n: int) -> Interval:
    """The 95% interval of a proportion of which `right` in `n` were seen.

    Unlike the plain normal interval it stays inside [0, 1] and is honest near 0 and 1
    (Wilson 1927, «Probable inference, the law of succession, and statistical inference»).
    With n = 0 nothing is known: (0, 1).
    """
    if n == 0:
        return Interval(0.0, 1.0)
    share = right / n
    centre = share + Z_95**2 / (2 * n)
    spread = Z_95 * math.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2))
    scale = 1 + Z_95**2 / n
    return Interval(max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))
