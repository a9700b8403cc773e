"""Learning curves of several models side by side: the mean over seeds thick, each seed thin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from digitlab.report.figures.accuracy_axis import use_accuracy_axis
from digitlab.report.figures.palette import label, style
from digitlab.report.figures.panel import Panel
from digitlab.runs.run import Run

MAX_MARKERS = 12  # epochs; beyond that the markers run into each other


def seed_curves_panels(runs: Mapping[str, Sequence[Run]]) -> list[Panel]:
    """Validation accuracy in percent and loss after each epoch; one line for each model, the baseline first."""
    accuracies = {
        name: [[100 * r.valid_accuracy for r in run.history] for run in trained] for name, trained in runs.items()
    }
    losses = {name: [[r.valid_loss for r in run.history] for run in trained] for name, trained in runs.items()}
    return [
        _panel("Validation accuracy, %", accuracies, percent=True),
        _panel("Validation loss", losses, percent=False),
    ]


def _panel(title: str, curves: Mapping[str, list[list[float]]], *, percent: bool) -> Panel:
    def draw(ax: Axes) -> None:
        for place, (name, seeds) in enumerate(curves.items()):
            _draw_model(ax, place, name, seeds)
        if percent:
            use_accuracy_axis(ax.yaxis, (value for seeds in curves.values() for seed in seeds for value in seed))
        ax.set_title(title)
        ax.set_xlabel("epoch")
        ax.set_xlim(0.5, max(len(seed) for seeds in curves.values() for seed in seeds) + 0.5)
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
        ax.grid(axis="y")
        ax.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.2), ncols=columns, fontsize=9, handlelength=1.8)

    columns = 2 if max(len(label(name)) for name in curves) <= 12 else 1
    last = "; ".join(f"{name} {np.mean([seed[-1] for seed in seeds]):.3f}" for name, seeds in curves.items())
    return Panel(f"{title} over the epochs, at the end: {last}", (4.4, 3.4 + 0.2 * -(-len(curves) // columns)), draw)


def _draw_model(ax: Axes, place: int, name: str, seeds: list[list[float]]) -> None:
    colour, line, mark = style(place)
    shared = min(map(len, seeds))
    epochs = np.arange(1, shared + 1)
    for seed in seeds:
        ax.plot(range(1, len(seed) + 1), seed, color=colour, linewidth=0.8, alpha=0.35)
    mean = np.mean([seed[:shared] for seed in seeds], axis=0)
    ax.plot(
        epochs, mean, color=colour, linestyle=line, linewidth=2, marker=mark if shared <= MAX_MARKERS else "",
        markersize=4, label=label(name),
    )  # fmt: skip
