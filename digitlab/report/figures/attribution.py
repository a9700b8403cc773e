"""One answer explained in one figure: the preprocessing above, the share of each pixel in the logits below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from digitlab.attribution.explanation import Explanation
from digitlab.images.png import red_blue
from digitlab.report.figures.panel import FAINT, MUTED, Panel, shortened
from digitlab.report.figures.tiles import draw_tile
from digitlab.report.format import signed

COLUMNS = 10
DOWN, ACROSS = 1.5, 1.12  # from one tile to the next, in tiles


def attribution_panel(
    found: Explanation, steps: Sequence[tuple[str, str, NDArray[np.uint8]]], order: Sequence[int], limit: float
) -> Panel:
    """Steps (name, description, picture) and, in this order of the classes, the pixels' shares up to ±`limit`."""

    def draw(ax: Axes) -> None:
        ax.set_title(f"{Path(found.file).name}: {found.verdict}")
        for column, (name, _, picture) in enumerate(steps):
            draw_tile(ax, picture, name, (ACROSS * column, 0), FAINT)
        if found.attribution is None:
            ax.text(0, DOWN, found.no_attribution or "", fontsize=9, color=MUTED, va="top")
        else:
            for column, number in enumerate(order[:COLUMNS]):
                title = f"{shortened(found.classes[number], 9)}: {signed(float(found.attribution.evidence[number]))}"
                draw_tile(ax, red_blue(found.attribution.shares[number], limit), title, (ACROSS * column, DOWN), FAINT)
        ax.set(xlim=(-0.05, COLUMNS * ACROSS), ylim=(DOWN + 1.05, -0.3))
        ax.set_axis_off()

    return Panel(f"{found.file}: {found.verdict}, with the steps to it and the logits", (11.5, 3.4), draw)
