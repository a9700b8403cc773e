"""Where two networks agree: four counts in a square."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from digitlab.report.figures.palette import label
from digitlab.report.figures.panel import INK, MUTED, Panel

BOTH, ONE, NEITHER = "#eef1f4", "#d6e8f5", "#fbe0cc"
MAX_ONE_LINE = 14  # characters of a name


def pair_panel(names: tuple[str, str], both: int, only_first: int, only_second: int, neither: int) -> Panel:
    """How many test images both networks got right, only one, or neither; the first network across, the second down."""
    cells = {  # (column, row): what it is, how many, its background
        (0, 0): ("both right", both, BOTH),
        (1, 0): (_only(names[1]), only_second, ONE),
        (0, 1): (_only(names[0]), only_first, ONE),
        (1, 1): ("neither", neither, NEITHER),
    }

    def draw(ax: Axes) -> None:
        for (column, row), (text, count, background) in cells.items():
            ax.add_patch(Rectangle((column, row), 1, 1, facecolor=background, edgecolor="white", linewidth=3))
            ax.text(column + 0.5, row + 0.44, f"{count:,}", ha="center", va="center", fontsize=19, fontweight="bold")
            ax.text(column + 0.5, row + 0.66, text, ha="center", va="top", fontsize=9, color=MUTED)
        ax.set(xlim=(0, 2), ylim=(2, 0))
        ax.set_xticks([0.5, 1.5], ["right", "wrong"])
        ax.set_yticks([0.5, 1.5], ["right", "wrong"], rotation=90, va="center")
        ax.xaxis.set_label_position("top")
        ax.set_xlabel(label(names[0]), labelpad=8, color=INK, fontweight="bold")
        ax.set_ylabel(label(names[1]), labelpad=8, color=INK, fontweight="bold")
        ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
        ax.spines[:].set_visible(False)

    counts = f"both right {both}, only {names[0]} {only_first}, only {names[1]} {only_second}, neither {neither}"
    return Panel(f"Test images that two networks got right: {counts}", (4.6, 3.0), draw)


def _only(name: str) -> str:
    """On two lines where one would not fit into a cell."""
    return f"only{' ' if len(name) <= MAX_ONE_LINE else chr(10)}{label(name)}"
