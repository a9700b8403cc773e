"""The panel that every figure is made of, its style, and how it becomes an SVG or a PNG."""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from PIL import Image

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

    @cached_property
    def figure(self) -> Figure:
        """Drawn and laid out once; matplotlib would do it, with a whole drawing, each time it saves."""
        layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08)
        figure = Figure(figsize=self.size, dpi=DPI, layout=layout)
        self.draw(figure.subplots())
        layout.execute(figure)
        figure.set_layout_engine("none")
        return figure


Figures = dict[str, list[Panel]]  # by the name of the PNG file


def panel_svg(panel: Panel, prefix: str) -> str:
    """A panel as an SVG element, to stand inside a page or a notebook.

    It is as wide as its container, up to its own size, and refers to nothing outside itself.  Every id inside begins
    with `prefix`, so that several SVGs can share a page.
    """
    buffer = io.StringIO()
    with _style():
        panel.figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    body = buffer.getvalue()
    body = body[body.index("<svg") :]
    body = body[body.index(">") + 1 :]
    body = re.sub(r'(\bid="|url\(#|xlink:href="#)', rf"\g<1>{prefix}-", body).replace("xlink:href", "href")
    width, height = panel.size
    label = html.escape(panel.label)
    box = f'viewBox="0 0 {width * POINTS_PER_INCH:g} {height * POINTS_PER_INCH:g}"'
    # In a row, panels of one height get widths that keep it; a panel that would fall below its basis wraps.
    style = f"width:100%;max-width:{width * WIDEST:.0f}px;height:auto;flex:{width:g} 1 {width * NARROWEST:.0f}px"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label="{label}" style="{style}">{body}'


def panels_png(panels: Sequence[Panel]) -> bytes:
    """Panels side by side as a PNG file."""
    pictures = []
    with _style():
        for panel in panels:
            buffer = io.BytesIO()
            panel.figure.savefig(buffer, format="png", pil_kwargs={"compress_level": 0})
            pictures.append(Image.open(buffer))
    row = Image.new("RGB", (sum(each.width for each in pictures), max(each.height for each in pictures)), "white")
    left = 0
    for picture in pictures:
        row.paste(picture, (left, 0))
        left += picture.width
    stream = io.BytesIO()
    row.save(stream, "png")
    return stream.getvalue()


def shortened(name: str, most: int) -> str:
    """A class name of at most `most` characters; its end stays, where a number may distinguish it."""
    tail = (most - 1) // 2
    return name if len(name) <= most else f"{name[: most - 1 - tail]}…{name[-tail:]}"


@contextmanager
def _style() -> Iterator[None]:
    """Our style, which holds while a panel is drawn and saved."""
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a name in a script that the PNG's font lacks
        yield
