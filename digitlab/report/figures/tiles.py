"""Small images in rows: samples, mistakes and weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from digitlab.images.png import NEGATIVE, POSITIVE, red_blue
from digitlab.images.spec import ImageSpec
from digitlab.report.figures.panel import FAINT, INK, MUTED, Panel, shortened

TILE = 1.05  # inches
GAP = 0.12  # of a tile, between two of them
LINE = 0.2  # of a tile, for a line of text above it
_COLOURS = np.divide([NEGATIVE, (255, 255, 255), POSITIVE], 255)  # of red, white and blue


def images_panel(images: NDArray[np.uint8], titles: Sequence[str], label: str, columns: int = 10) -> Panel:
    """Images uint8 [N, height, width] or [N, height, width, 3], each under its title of one or two lines."""

    def draw(ax: Axes) -> None:
        _draw_tiles(ax, images, titles, columns, INK)

    return Panel(label, _grid_size(titles, columns), draw)


def weights_panel(kernel: NDArray[np.float32], names: Sequence[str], spec: ImageSpec) -> Panel:
    """The weights [values, classes] of each class as an image, all on one symmetric scale with its colour bar."""
    images = weight_images(kernel, spec)
    limit = weight_limit(images)
    columns = min(5 if len(names) <= 10 else 10, len(names))

    def draw(ax: Axes) -> None:
        _draw_tiles(ax, red_blue(images, limit), [shortened(name, 14) for name in names], columns, FAINT)
        colours = LinearSegmentedColormap.from_list("weights", _COLOURS)
        scale = ScalarMappable(Normalize(-limit, limit), colours)
        bar = ax.figure.colorbar(scale, ax=ax, fraction=0.03, pad=0.02, aspect=30, shrink=0.9)
        bar.outline.set_visible(False)
        bar.locator = MaxNLocator(5, symmetric=True)
        bar.ax.set_title("weight", fontsize=9, fontweight="normal", color=MUTED, loc="left", pad=8)

    width, height = _grid_size(names, columns, tile=1.5)
    return Panel(f"The weights of {len(names)} classes as images in red and blue", (width + 0.9, height), draw)


def weight_images(kernel: NDArray[np.float32], spec: ImageSpec) -> NDArray[np.float32]:
    """Weights [values, classes] as [classes, height, width]; of a coloured pixel the sum of its three."""
    weights = kernel.T.reshape(-1, *spec.shape)
    return weights if spec.channels == 1 else weights.sum(axis=3)


def weight_limit(images: NDArray[np.float32]) -> float:
    """The largest absolute weight: the colours go from minus this to plus this."""
    return float(np.abs(images).max()) or 1.0


def title(name: str) -> str:
    """A class name, short enough to stand above a small image."""
    return shortened(name, 12)


def draw_tile(ax: Axes, image: NDArray[np.uint8], title: str, place: tuple[float, float], frame: str) -> None:
    """Draw an image (grey, RGB or RGBA) fitted into a unit square whose left top corner is `place`, under its title."""
    left, top = place
    high, wide = (side / max(image.shape[:2]) for side in image.shape[:2])
    ax.imshow(image, "gray", vmin=0, vmax=255, extent=(left, left + wide, top + high, top), interpolation="none")
    ax.add_patch(Rectangle((left, top), wide, high, fill=False, edgecolor=frame, linewidth=0.8))
    ax.text(left, top - 0.06, title, fontsize=9, va="bottom", linespacing=1.15)


def _draw_tiles(ax: Axes, images: NDArray[np.uint8], titles: Sequence[str], columns: int, frame: str) -> None:
    down, across = _pitch(titles)
    for i, (image, title) in enumerate(zip(images, titles, strict=True)):
        draw_tile(ax, image, title, (across * (i % columns), down * (i // columns)), frame)
    rows = max(1, math.ceil(len(titles) / columns))
    ax.set(xlim=(-0.02, across * columns - GAP + 0.02), ylim=(down * (rows - 1) + 1.02, 1 - down + GAP))
    ax.set_axis_off()


def _grid_size(titles: Sequence[str], columns: int, tile: float = TILE) -> tuple[float, float]:
    rows = math.ceil(len(titles) / columns)
    return tile * columns, tile * max(1, rows) * (_pitch(titles)[0] / (1 + GAP)) + 0.1


def _pitch(titles: Sequence[str]) -> tuple[float, float]:
    """From one tile to the next, down and across, in tiles."""
    lines = max((title.count("\n") + 1 for title in titles), default=1)
    return 1 + GAP + LINE * lines, 1 + GAP
