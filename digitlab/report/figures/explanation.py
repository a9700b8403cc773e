"""One answer explained in one picture: the steps above, the evidence of each class below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from numpy.typing import NDArray

from digitlab.attribution.explanation import Explanation
from digitlab.report.figures.panel import MUTED, Panel
from digitlab.report.figures.tiles import WEIGHT_COLOURS, coloured

COLUMNS = 10
PITCH_DOWN, PITCH_ACROSS = 1.5, 1.12


def panel(
    found: Explanation, steps: Sequence[tuple[str, str, NDArray[np.uint8]]], order: Sequence[int], limit: float
) -> Panel:
    """Everything as one drawing."""

    def draw(ax: Axes) -> None:
        ax.set_title(f"{Path(found.file).name}: {found.verdict}")
        for place, (name, _, picture) in enumerate(steps):
            _tile(ax, 0, place, coloured(picture[None])[0], name)
        if found.attribution is None:
            ax.text(0, PITCH_DOWN, found.no_attribution or "", fontsize=9, color=MUTED, va="top")
        else:
            for place, number in enumerate(order[:COLUMNS]):
                shares = Normalize(-limit, limit)(found.attribution.shares[number])
                colours = matplotlib.colormaps[WEIGHT_COLOURS](shares, bytes=True)
                title = f"{found.classes[number]}: {found.attribution.evidence[number]:+.2f}".replace("-", "−")
                _tile(ax, 1, place, colours, title)
        ax.set(xlim=(-0.05, COLUMNS * PITCH_ACROSS), ylim=(PITCH_DOWN + 1.05, -0.3))
        ax.set_axis_off()

    return Panel(f"{found.file}: {found.verdict}, with the steps to it and the evidence", (11.5, 3.4), draw)


def _tile(ax: Axes, row: int, place: int, image: NDArray[np.uint8], title: str) -> None:
    top, left = row * PITCH_DOWN, place * PITCH_ACROSS
    ax.imshow(image, extent=(left, left + 1, top + 1, top), interpolation="none")
    ax.text(left, top - 0.06, title, fontsize=9, va="bottom")
