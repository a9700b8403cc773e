"""The confusion matrix and the accuracy of each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from digitlab.report.figures.panel import BLUE, INK, MUTED, ORANGE, Panel, shortened
from digitlab.runs.run import ClassResult

CELL = 0.4  # inches
MISTAKES = LinearSegmentedColormap.from_list("mistakes", ["#ffffff", "#fbd3ae", "#d55e00"])
RIGHT = "#eef1f4"
MANY_CLASSES = 15  # from here on, smaller cells and smaller letters


def confusion_panel(matrix: NDArray[np.int64], names: Sequence[str]) -> Panel:
    """Counts [classes, classes], row the true class; the diagonal muted, so that the mistakes stand out."""
    many = len(names) > MANY_CLASSES
    size = 7 if many else 9  # points
    shorts = [shortened(name, 14) for name in names]
    longest = max(map(len, shorts))
    mistakes = np.where(np.eye(len(names), dtype=bool), 0, matrix)

    def draw(ax: Axes) -> None:
        ax.imshow(mistakes, cmap=MISTAKES, vmin=0, vmax=max(1, mistakes.max()), interpolation="none")
        _write_counts(ax, matrix, mistakes.max(), size)
        places = range(len(names))
        ax.set_xticks(places, shorts, rotation=90 if longest > 3 else 0, fontsize=size)
        ax.set_yticks(places, shorts, fontsize=size)
        ax.set_xlabel("predicted class", labelpad=8)
        ax.set_ylabel("true class", labelpad=8)
        ax.xaxis.set_label_position("top")
        ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
        ax.set_xticks(np.arange(len(names) + 1) - 0.5, minor=True)
        ax.set_yticks(np.arange(len(names) + 1) - 0.5, minor=True)
        ax.grid(which="minor", linewidth=0.6)
        ax.tick_params(which="minor", length=0, top=False)
        ax.spines[:].set_visible(False)

    side = max(2.2, (CELL * 0.65 if many else CELL) * len(names))
    label = f"Confusion matrix of {len(names)} classes: {int(mistakes.sum())} of {int(matrix.sum())} images wrong"
    return Panel(label, (side + 0.6 + 0.075 * longest, side + 0.6 + 0.075 * longest), draw)


def _write_counts(ax: Axes, matrix: NDArray[np.int64], most: int, size: int) -> None:
    for place in range(len(matrix)):
        ax.add_patch(Rectangle((place - 0.5, place - 0.5), 1, 1, facecolor=RIGHT))
    for row, column in np.argwhere(matrix):
        count = matrix[row, column]
        colour = MUTED if row == column else "white" if count > 0.9 * most else INK
        ax.text(column, row, f"{count:,}", ha="center", va="center", fontsize=size, color=colour)


def classes_panel(classes: Sequence[ClassResult], overall: float) -> Panel:
    """The accuracy of each class with its 95% interval, the best on top; classes with no test image are left out."""
    shown = sorted((c for c in classes if c.n), key=lambda c: c.right / c.n)
    accuracy = np.array([100 * c.right / c.n for c in shown])
    low, high = (100 * np.array([c.interval[side] for c in shown]) for side in (0, 1))

    def draw(ax: Axes) -> None:
        places = np.arange(len(shown))
        ax.axvline(100 * overall, color=ORANGE, linewidth=1.2, linestyle=(0, (4, 3)))
        mean = f"all classes {100 * overall:.2f}%"
        ax.text(100 * overall, len(shown) - 0.35, mean, color=ORANGE, fontsize=9, ha="center", va="bottom")
        ax.hlines(places, low, high, color=BLUE, linewidth=2.2, alpha=0.45)
        ax.plot(accuracy, places, "o", color=BLUE, markersize=6)
        ax.set_yticks(places, [shortened(c.name, 18) for c in shown])
        ax.set_ylim(-0.6, len(shown) - 0.4)
        ax.set_xlabel("correct test images, %")
        ax.grid(axis="x")
        ax.tick_params(axis="y", length=0, labelcolor=INK)
        ax.spines["left"].set_visible(False)
        for place, value in enumerate(accuracy):  # as a number, at the right edge
            ax.annotate(
                f"{value:.1f}", (1, place), xycoords=("axes fraction", "data"), xytext=(8, 0),
                textcoords="offset points", va="center", fontsize=9, color=MUTED,
            )  # fmt: skip

    worst = f"lowest {shown[0].name} with {accuracy[0]:.1f}%, highest {shown[-1].name} with {accuracy[-1]:.1f}%"
    return Panel(f"Accuracy of each class with its interval: {worst}", (4.6, 1.1 + 0.3 * len(shown)), draw)
