"""Accuracy against its cost: the number of parameters, and the seconds of training."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator
from numpy.typing import ArrayLike, NDArray

from digitlab.evaluation.over_seeds import SeedScores
from digitlab.report.figures.accuracy_axis import stretched, use_accuracy_axis
from digitlab.report.figures.labels import Box, place_labels
from digitlab.report.figures.palette import label, style
from digitlab.report.figures.panel import INK, MUTED, Panel

SIZE = (4.5, 3.7)  # inches
AXES = (3.6, 2.7)  # inches, what is left of it for the axes
FONT = 9
LEADER = {"arrowstyle": "-", "color": MUTED, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 5}  # to a name farther off


def tradeoff_panels(scores: Sequence[SeedScores], parameters: Sequence[int], seconds: Sequence[float]) -> list[Panel]:
    """Test accuracy with its 95% interval over seeds against what each model costs; the baseline is the first."""
    return [
        _panel("Test accuracy, % and parameters", "parameters", scores, parameters),
        _panel("Test accuracy, % and training time", "seconds of training", scores, seconds),
    ]


def _panel(title: str, what: str, scores: Sequence[SeedScores], costs: Sequence[float]) -> Panel:
    means = [100 * score.accuracy_mean for score in scores]
    ends = [_interval(score) for score in scores]

    def draw(ax: Axes) -> None:
        ax.set_xscale("log")
        ax.set_xlim(*_limits(costs))
        use_accuracy_axis(ax.yaxis, [value for end in ends for value in end])
        for place, (cost, mean, end) in enumerate(zip(costs, means, ends, strict=True)):
            colour, _, mark = style(place)
            ax.plot([cost, cost], end, color=colour, linewidth=2, alpha=0.5)
            ax.plot(cost, mean, mark, color=colour, markersize=7)
        _write_names(ax, [label(score.name) for score in scores], costs, means, ends)
        _format_costs(ax)
        ax.set_title(title)
        ax.set_xlabel(what)
        ax.grid()

    points = "; ".join(
        f"{score.name} {mean:.2f}% at {cost:,.4g}" for score, mean, cost in zip(scores, means, costs, strict=True)
    )
    return Panel(f"Test accuracy against {what}: {points}", SIZE, draw)


def _interval(score: SeedScores) -> tuple[float, float]:
    low, high = score.accuracy_interval or (score.accuracy_mean, score.accuracy_mean)
    return 100 * max(0, low), 100 * min(1, high)


def _limits(costs: Sequence[float]) -> tuple[float, float]:
    """A margin on both sides, and at least a factor of ten between the ends."""
    low, high = math.log10(min(costs)), math.log10(max(costs))
    room = max(0.12 * (high - low), (1 - (high - low)) / 2)
    return 10 ** (low - room), 10 ** (high + room)


def _write_names(
    ax: Axes, names: Sequence[str], costs: Sequence[float], means: Sequence[float], ends: Sequence[tuple[float, float]]
) -> None:
    """Each name beside its point, with a thin line to a point that is farther off."""
    x = AXES[0] * _shares(np.log10(costs), np.log10(ax.get_xlim()))
    y = AXES[1] * _shares(stretched(means), stretched(ax.get_ylim()))
    low, high = (AXES[1] * _shares(stretched(side), stretched(ax.get_ylim())) for side in np.transpose(ends))
    bars = [Box(left - 0.03, bottom, left + 0.03, top) for left, bottom, top in zip(x, low, high, strict=True)]
    boxes = place_labels(list(zip(x, y, strict=True)), names, AXES, FONT, bars)
    for name, box, cost, mean, left, bottom in zip(names, boxes, costs, means, x, y, strict=True):
        shift = 72 * ((box.left + box.right) / 2 - left), 72 * ((box.bottom + box.top) / 2 - bottom)
        far = abs(shift[1]) > 1.4 * FONT
        ax.annotate(
            name, (cost, mean), xytext=shift, textcoords="offset points", ha="center", va="center", fontsize=FONT,
            color=INK, arrowprops=LEADER if far else None,
        )  # fmt: skip


def _shares(values: ArrayLike, limits: ArrayLike) -> NDArray[np.float64]:
    """Where values stand between two limits, from 0 to 1."""
    low, high = np.asarray(limits, float)
    return np.asarray((np.asarray(values, float) - low) / (high - low))


def _format_costs(ax: Axes) -> None:
    low, high = ax.get_xlim()
    subs = (1.0,) if high / low > 1000 else (1.0, 3.0) if high / low > 50 else (1.0, 2.0, 5.0)
    ax.xaxis.set_major_locator(LogLocator(subs=subs, numticks=12))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.xaxis.set_major_formatter(FuncFormatter(_short))


def _short(value: float, _: int) -> str:
    """Like "30", "10k", "2M"."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
