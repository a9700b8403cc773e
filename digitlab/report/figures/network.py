"""Softmax regression as a graph: inputs, weighted sums, softmax, outputs."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch

from digitlab.report.figures.panel import BLUE, FAINT, INK, MUTED, ORANGE, Panel, shortened

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
RADIUS = 0.38
MAX_NODES = 5  # in a column; of more, the first three and the last are drawn
X_INPUT, X_SUM, X_SOFTMAX, X_OUTPUT = 0.0, 3.0, 4.5, 6.0


def network_panel(pixels: int, names: Sequence[str]) -> Panel:
    """The graph of a model with this many inputs and these classes, numbered from 0."""
    inputs, outputs = _places(pixels, first=1), _places(len(names), first=0)

    def draw(ax: Axes) -> None:
        _edges(ax, inputs, outputs)
        for number, y in inputs.items():
            _node(ax, X_INPUT, y, f"x{number}".translate(SUBSCRIPTS), MUTED)
        for number, y in outputs.items():
            _node(ax, X_SUM, y, "Σ", BLUE)
            bias = f"+ b{number}".translate(SUBSCRIPTS)
            ax.text(X_SUM, y + 0.72, bias, fontsize=9, color=BLUE, ha="center", va="center")
            _node(ax, X_OUTPUT, y, f"y{number}".translate(SUBSCRIPTS), ORANGE)
            ax.text(X_OUTPUT + 0.55, y, shortened(names[number], 11), fontsize=9, color=INK, va="center")
        _dots(ax, inputs, outputs)
        _softmax(ax, outputs)
        for x, heading in ((X_INPUT, "pixels"), (X_SUM, "logits z"), (X_OUTPUT, "probabilities")):
            ax.text(x, -1.1, heading, fontsize=9, color=MUTED, ha="center", va="center")
        ax.set(
            xlim=(-0.6, X_OUTPUT + 1.6 + 0.12 * min(8, max(map(len, names)))),
            ylim=(MAX_NODES * 1.25 - 0.4, -1.4),
            aspect="equal",
        )
        ax.set_axis_off()

    label = f"{pixels} inputs, each joined by a weight to each of {len(names)} logits; softmax makes them outputs"
    return Panel(label, (4.7, 3.7), draw)


def _places(count: int, first: int) -> dict[int, float]:
    """The height of each node that is drawn, by its number."""
    last = first + count - 1
    shown = range(first, last + 1) if count <= MAX_NODES else [first, first + 1, first + 2, last]
    rows = [*range(3), 4] if count > MAX_NODES else [row + (MAX_NODES - count) / 2 for row in range(count)]
    return {number: 1.25 * row for number, row in zip(shown, rows, strict=True)}


def _node(ax: Axes, x: float, y: float, text: str, colour: str) -> None:
    ax.add_patch(Circle((x, y), RADIUS, facecolor="white", edgecolor=colour, linewidth=1.4, zorder=3))
    ax.text(x, y, text, fontsize=9, color=colour, ha="center", va="center", zorder=4)


def _edges(ax: Axes, inputs: dict[int, float], outputs: dict[int, float]) -> None:
    """A line for each weight; those into the first sum stand out and are named."""
    for i, output in enumerate(outputs.values()):
        for place in inputs.values():
            colour, width = (BLUE, 1.3) if i == 0 else (FAINT, 0.9)
            ax.plot([X_INPUT, X_SUM], [place, output], color=colour, linewidth=width, zorder=2 if i == 0 else 1)
        ax.plot([X_SUM, X_OUTPUT], [output] * 2, color=MUTED, linewidth=0.9, zorder=1)
    ax.text(1.5, -0.3, "weights W", fontsize=9, color=BLUE, ha="center", va="center")


def _dots(ax: Axes, inputs: dict[int, float], outputs: dict[int, float]) -> None:
    """Dots where nodes are left out."""
    columns = [X_INPUT] * (len(inputs) == 4) + [X_SUM, X_OUTPUT] * (max(outputs) + 1 > MAX_NODES)
    for x in columns:
        ax.text(x, 1.25 * 3.05, "⋮", fontsize=14, color=MUTED, ha="center", va="center")


def _softmax(ax: Axes, outputs: dict[int, float]) -> None:
    top, bottom = min(outputs.values()) - 0.45, max(outputs.values()) + 0.45
    box = FancyBboxPatch(
        (X_SOFTMAX - 0.35, top), 0.7, bottom - top, boxstyle="round,pad=0,rounding_size=0.25",
        facecolor="#fff4ec", edgecolor=ORANGE, linewidth=1.4, zorder=3,
    )  # fmt: skip
    ax.add_patch(box)
    height = (top + bottom) / 2
    ax.text(X_SOFTMAX, height, "softmax", color=ORANGE, ha="center", va="center", rotation=90, zorder=4)
