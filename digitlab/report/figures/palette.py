"""How the models of a comparison differ in a figure: by colour, and beyond eight by line and marker too."""

from __future__ import annotations

from digitlab.report.figures.panel import BLUE, ORANGE, SKY_BLUE, shortened

# Okabe and Ito's colour-blind-safe palette, dark enough on white; the baseline is grey.
COLOURS = ("#4b5563", BLUE, ORANGE, "#009e73", "#aa4499", SKY_BLUE, "#b8860b", "#7a4b2a")
LINES = ("-", (0, (5, 2)), (0, (1, 1.5)))
MARKERS = ("o", "s", "^")
MAX_NAME = 24  # characters


def style(place: int) -> tuple[str, str | tuple[int, tuple[float, ...]], str]:
    """Colour, line style and marker of the model at `place`; the baseline is 0."""
    turn = place // len(COLOURS) % len(LINES)
    return COLOURS[place % len(COLOURS)], LINES[turn], MARKERS[turn]


def label(name: str) -> str:
    """A model's name, short enough for a figure: of a long path the file name."""
    return shortened(name if len(name) <= MAX_NAME else name.rsplit("/", 1)[-1], MAX_NAME)
