"""The data as the two matrices that a model is trained on."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from digitlab.data.dataset import Split
from digitlab.report.figures.panel import BLUE, FAINT, INK, MUTED, ORANGE, SKY_BLUE, Panel, shortened

ROWS = 9  # of each matrix that are drawn; dots stand for the others
MAX_WRITTEN = 12  # classes; with more, only the ones are drawn
MAX_NAME = 2  # characters that fit above a column
TOP = 4.6  # where the first row begins, in heights of a row; the image and its description stand above


def matrix_panels(part: Split, names: Sequence[str]) -> list[Panel]:
    """The images [N, pixels] and the one-hot labels [N, classes] of a part, side by side."""
    rows, pixels, classes = len(part), part.images[0].size, len(names)
    return [
        Panel(f"The images as a matrix of {rows} rows and {pixels} columns", (4.6, 4.6), lambda ax: _images(ax, part)),
        Panel(
            f"The one-hot labels as a matrix of {rows} rows and {classes} columns",
            (3.9, 4.6),
            lambda ax: _labels(ax, part, names),
        ),
    ]


def _images(ax: Axes, part: Split) -> None:
    shown = part.images[:ROWS]
    spec, width = part.spec, 10.0
    value = "pixel" if spec.channels == 1 else "channel of a pixel"
    _sheet(ax, f"Images [{len(part)}, {shown[0].size}]", width)
    flat = shown.reshape(len(shown), -1)
    ax.imshow(flat, cmap="gray", extent=(0, width, TOP + len(shown), TOP), aspect="auto", interpolation="none")
    ax.imshow(shown[0], cmap="gray", extent=(0, 2.3, 3.75, 0.15), aspect="auto", interpolation="none")
    ax.add_patch(Rectangle((0, 0.15), 2.3, 3.6, fill=False, edgecolor=ORANGE, linewidth=1.6))
    arrow = FancyArrowPatch((1.07, 3.8), (1.07, TOP), arrowstyle="-|>", mutation_scale=10, color=ORANGE)
    ax.add_patch(arrow)
    size = f"One image, {spec.width} × {spec.height} pixels."
    flattened = f"{size}\nIts {spec.height} lines of pixels, laid\nend to end, make one row."
    ax.text(2.65, 0.2, flattened, fontsize=9, color=ORANGE, va="top", linespacing=1.4)
    ax.add_patch(Rectangle((6.4, TOP), 0.12, len(shown), fill=False, edgecolor=SKY_BLUE, zorder=3, linewidth=1.6))
    column = "one column: the same\npixel of every image"
    ax.text(6.46, TOP - 0.2, column, fontsize=9, color=BLUE, va="bottom", ha="center")
    _rows(ax, len(part), len(shown), width, f"{shown[0].size} columns, one for each {value}")


def _labels(ax: Axes, part: Split, names: Sequence[str]) -> None:
    classes, shown = len(names), part.labels[:ROWS]
    _sheet(ax, f"Labels [{len(part)}, {classes}]", classes)
    for row, label in enumerate(shown):
        ax.add_patch(Rectangle((label, TOP + row), 1, 1, facecolor=BLUE, edgecolor="none"))
        for place in range(classes) if classes <= MAX_WRITTEN else [label]:
            bit = int(place == label)
            ax.text(
                place + 0.5, TOP + row + 0.52, str(bit), fontsize=9 if classes <= MAX_WRITTEN else 6,
                ha="center", va="center", color="white" if bit else MUTED,
            )  # fmt: skip
    if max(map(len, names)) <= MAX_NAME and classes <= MAX_WRITTEN:
        for place, name in enumerate(names):
            ax.text(place + 0.5, TOP - 0.2, name, fontsize=9, fontweight="bold", color=MUTED, ha="center", va="bottom")
    first = shortened(names[shown[0]], 14)
    one_hot = f'The label of the same image,\n"{first}": a 1 in its own column,\n0 in all others.'
    ax.text(0, 0.2, one_hot, fontsize=9, color=ORANGE, va="top", linespacing=1.4)
    _rows(ax, len(part), len(shown), classes, f"{classes} columns, one for each class")


def _sheet(ax: Axes, title: str, width: float) -> None:
    ax.set_axis_off()
    ax.set(xlim=(-0.07 * width, 1.01 * width), ylim=(TOP + ROWS + 1.9, 0))
    ax.set_title(title, x=0.065)


def _rows(ax: Axes, rows: int, shown: int, width: float, columns: str) -> None:
    """Lines between the rows, the first one marked, and how many rows and columns there are."""
    for row in range(shown + 1):
        ax.plot([0, width], [TOP + row] * 2, color=FAINT, linewidth=0.8)
    ax.add_patch(Rectangle((0, TOP), width, 1, fill=False, edgecolor=ORANGE, linewidth=1.6, zorder=3))
    ax.text(
        -0.02 * width, TOP + shown / 2, f"{rows:,} rows", fontsize=9, color=INK, rotation=90, ha="right", va="center"
    )
    ax.text(width / 2, TOP + shown + 0.55, "⋮", fontsize=13, color=MUTED, ha="center", va="center")
    ax.text(width / 2, TOP + shown + 1.2, columns, fontsize=9, color=INK, ha="center", va="top")
