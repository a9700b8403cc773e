"""One image worked out with the formula, as bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from digitlab.attribution.worked import WorkedSoftmax
from digitlab.report.figures.panel import BLUE, INK, MUTED, ORANGE, Panel, shortened


def softmax_panels(image: NDArray[np.uint8], names: Sequence[str], worked: WorkedSoftmax) -> list[Panel]:
    """The image, its logits, the exponentials and the probabilities, a bar for each class."""
    height = max(2.9, 0.9 + 0.2 * len(names))
    steps = [
        ("1. logits z", worked.logits),
        ("2. exp(z)" if not worked.shift else "2. exp(z − largest z)", worked.exponentials),
        ("3. probabilities", worked.probabilities),
    ]
    bars = [_bars(title, values, names, height) for title, values in steps]
    return [Panel("The image", (2.5, height), lambda ax: _draw_image(ax, image)), *bars]


def _draw_image(ax: Axes, image: NDArray[np.uint8]) -> None:
    ax.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="none")
    ax.set_title("the image x")
    ax.set_axis_off()


def _bars(title: str, values: NDArray[np.float64], names: Sequence[str], height: float) -> Panel:
    largest = int(values.argmax())

    def draw(ax: Axes) -> None:
        places = np.arange(len(names))
        ax.barh(places, values, height=0.7, color=[ORANGE if place == largest else BLUE for place in places])
        ax.axvline(0, color=MUTED, linewidth=0.8)
        ax.set_yticks(places, [shortened(name, 12) for name in names])
        ax.invert_yaxis()
        ax.set_title(title)
        ax.tick_params(axis="y", length=0, labelcolor=INK)
        ax.locator_params(axis="x", nbins=3)
        ax.spines["left"].set_visible(False)
        ax.margins(y=0.02)

    return Panel(f"{title[3:]} of each class, largest for {names[largest]}", (2.5, height), draw)
