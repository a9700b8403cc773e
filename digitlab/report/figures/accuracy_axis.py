"""An axis for accuracies in percent on which halving the error rate is always the same step.

On a linear axis with a baseline of 92%, 98% and 99% would overlap.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axis import Axis, XAxis
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

MIN_ERROR = 0.01  # percent; keeps 100% on the axis
MARGIN = 0.06  # of the axis, on each side
ROUND_ERRORS = (  # percent, from coarse to fine: the first row with enough ticks is used
    [digit * 10.0**power for power in (2, 1, 0, -1, -2) for digit in (1, 2, 5) if digit * 10.0**power <= 100],
    [digit * 10.0**power for power in (1, 0, -1, -2) for digit in (1, 1.5, 2, 3, 4, 5, 6, 8)],
)
MIN_TICKS, MAX_TICKS = 4, 7


def use_accuracy_axis(axis: Axis, values: Iterable[float]) -> None:
    """Stretch `axis` towards 100, with room for `values` (percent) and round numbers at its ticks."""
    shown = stretched(np.clip(list(values), 0, 100))
    room = MARGIN * max(np.ptp(shown), 0.02)
    low, high = float(_back(shown.min() - room)), min(100.0, float(_back(shown.max() + room)))
    ax = axis.axes
    horizontal = isinstance(axis, XAxis)
    (ax.set_xscale if horizontal else ax.set_yscale)("function", functions=(stretched, _back))
    (ax.set_xlim if horizontal else ax.set_ylim)(low, high)
    ticks = _ticks(low, high)
    axis.set_ticks(ticks, [f"{tick:.10g}" for tick in ticks])
    axis.set_ticks([], minor=True)


def stretched(accuracy: ArrayLike) -> NDArray[np.float64]:
    """The place of an accuracy in percent on the axis."""
    return np.asarray(-np.log10(np.maximum(100 - np.asarray(accuracy, float), 0) + MIN_ERROR))


def _back(place: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(100 + MIN_ERROR - np.power(10, -np.asarray(place, float)))


def _ticks(low: float, high: float) -> list[float]:
    for errors in ROUND_ERRORS:
        ticks = sorted(round(100 - share, 6) for share in errors if low <= 100 - share <= high)
        if MIN_TICKS <= len(ticks) <= MAX_TICKS:
            return ticks
    if len(ticks) > MAX_TICKS:
        return ticks[:: -(-len(ticks) // MAX_TICKS)]
    plain = np.round(MaxNLocator(5).tick_values(low, high), 6)
    return [float(tick) for tick in plain if low <= tick <= high]
