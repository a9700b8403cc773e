"""The panel that every figure is made of, its style, and how it becomes an SVG or a PNG."""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

INK, MUTED, FAINT = "#1f2933", "#66727f", "#dde2e8"
BLUE, SKY_BLUE, ORANGE = "#0072b2", "#56b4e9", "#d55e00"  # of Okabe and Ito's colour-blind-safe palette

DPI = 160  # of the PNG files
POINTS_PER_INCH = 72
NARROWEST, WIDEST = 70, 106  # CSS pixels that an inch may become in a page; 96 is its own size

STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same picture on every machine
    "font.size": 10,
    "text.color": INK,
    "text.parse_math": False,  # a class may be called "$"
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "svg.fonttype": "none",  # text stays text: it can be read aloud, searched and copied
    "svg.hashsalt": "digitlab",  # the same run gives the same bytes
}


@dataclass(frozen=True)
class Panel:
    """One drawing."""

    label: str  # the text for readers who cannot see it
    size: tuple[float, float]  # width and height in inches
    draw: Callable[[Axes], None]  # on empty axes


Figures = dict[str, list[Panel]]  # by the name of the PNG file


def panels_svg(panels: Sequence[Panel], prefix: str) -> str:
    """Panels side by side as one SVG element, to stand inside a page or a notebook.

    It is as wide as its container, up to its own size, and refers to nothing outside itself.  Every id inside begins
    with `prefix`, so that several SVGs can share a page.
    """
    buffer = io.StringIO()
    with _drawing(panels) as figure:
        figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    body = buffer.getvalue()
    body = body[body.index("<svg") :]
    body = body[body.index(">") + 1 :]
    body = re.sub(r'(\bid="|url\(#|xlink:href="#)', rf"\g<1>{prefix}-", body).replace("xlink:href", "href")
    width, height = _size(panels)
    label = html.escape("; ".join(panel.label for panel in panels))
    box = f'viewBox="0 0 {width * POINTS_PER_INCH:g} {height * POINTS_PER_INCH:g}"'
    # In a row, panels of one height get widths that keep it; a panel that would fall below its basis wraps.
    style = f"width:100%;max-width:{width * WIDEST:.0f}px;height:auto;flex:{width:g} 1 {width * NARROWEST:.0f}px"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label="{label}" style="{style}">{body}'


def panels_png(panels: Sequence[Panel]) -> bytes:
    """Panels side by side as a PNG file."""
    buffer = io.BytesIO()
    with _drawing(panels) as figure:
        figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


def shortened(name: str, most: int) -> str:
    """A class name of at most `most` characters; its end stays, where a number may distinguish it."""
    tail = (most - 1) // 2
    return name if len(name) <= most else f"{name[: most - 1 - tail]}…{name[-tail:]}"


@contextmanager
def _drawing(panels: Sequence[Panel]) -> Iterator[Figure]:
    """A figure with all panels; it must be saved inside the block, where our style holds."""
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a name in a script that the PNG's font lacks
        figure = Figure(figsize=_size(panels), layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08, wspace=0.04))
        ratios = [panel.size[0] for panel in panels]
        axes = figure.subplots(1, len(panels), squeeze=False, gridspec_kw={"width_ratios": ratios})[0]
        for ax, panel in zip(axes, panels, strict=True):
            panel.draw(ax)
        yield figure


def _size(panels: Sequence[Panel]) -> tuple[float, float]:
    return sum(panel.size[0] for panel in panels), max(panel.size[1] for panel in panels)
