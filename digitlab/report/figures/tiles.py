"""Small pictures in rows: samples, mistakes and weights."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_hex
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from PIL import Image

from digitlab.images.spec import ImageSpec
from digitlab.report.figures.panel import FAINT, INK, MUTED, Panel, shortened

WEIGHT_COLOURS = "RdBu"  # red below 0, white at 0, blue above: colour-blind safe
TILE = 1.05  # inches
GAP = 0.12  # of a tile, between two of them
LINE = 0.2  # of a tile, for a line of text above it


def pictures_panel(images: NDArray[np.uint8], titles: Sequence[str], label: str, columns: int = 10) -> Panel:
    """Images uint8 [N, height, width] or [N, height, width, 3], each under its title of one or two lines."""

    def draw(ax: Axes) -> None:
        _draw_tiles(ax, coloured(images), titles, columns, frame=INK)

    return Panel(label, _grid_size(titles, columns), draw)


def weights_panel(kernel: NDArray[np.float32], names: Sequence[str], spec: ImageSpec) -> Panel:
    """The weights [values, classes] of each class as a picture, all on one symmetric scale with its bar."""
    images = weight_images(kernel, spec)
    limit = weight_limit(images)
    columns = min(5 if len(names) <= 10 else 10, len(names))

    def draw(ax: Axes) -> None:
        titles = [shortened(name, 14) for name in names]
        _draw_tiles(ax, _coloured(images, limit), titles, columns, frame=FAINT)
        scale = ScalarMappable(Normalize(-limit, limit), WEIGHT_COLOURS)
        bar = ax.figure.colorbar(scale, ax=ax, fraction=0.03, pad=0.02, aspect=30, shrink=0.9)
        bar.outline.set_visible(False)
        bar.locator = MaxNLocator(5, symmetric=True)
        bar.ax.set_title("weight", fontsize=9, fontweight="normal", color=MUTED, loc="left", pad=8)

    width, height = _grid_size(names, columns, tile=1.5)
    return Panel(f"The weights of {len(names)} classes as pictures in red and blue", (width + 0.9, height), draw)


def weight_images(kernel: NDArray[np.float32], spec: ImageSpec) -> NDArray[np.float32]:
    """Weights [values, classes] as [classes, height, width]; of a coloured pixel the sum of its three."""
    weights = kernel.T.reshape(-1, *spec.shape)
    return weights if spec.channels == 1 else weights.sum(axis=3)


def weight_limit(images: NDArray[np.float32]) -> float:
    """The largest weight without its sign: the colours go from minus this to plus this."""
    return float(np.abs(images).max()) or 1.0


def weight_uri(image: NDArray[np.float32], limit: float) -> str:
    """Weights [height, width] in red and blue as the address of a PNG that carries itself."""
    return image_uri(_coloured(image, limit)[..., :3])


def coloured(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images as they are drawn: uint8 [N, height, width, 3 | 4]."""
    return images if images.ndim == 4 else np.asarray(matplotlib.colormaps["gray"](images, bytes=True))


def colour_stops(count: int = 11) -> list[str]:
    """The colours of the weights from the most negative to the most positive, as #rrggbb."""
    return [to_hex(matplotlib.colormaps[WEIGHT_COLOURS](i / (count - 1))) for i in range(count)]


def image_uri(image: NDArray[np.uint8]) -> str:
    """A picture [height, width] or [height, width, 3] as the address of a PNG that carries itself."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(buffer, format="png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _coloured(weights: NDArray[np.float32], limit: float) -> NDArray[np.uint8]:
    """Weights [...] in red and blue, uint8 [..., 4]."""
    return np.asarray(matplotlib.colormaps[WEIGHT_COLOURS](Normalize(-limit, limit)(weights), bytes=True))


def _grid_size(titles: Sequence[str], columns: int, tile: float = TILE) -> tuple[float, float]:
    rows = math.ceil(len(titles) / columns)
    return tile * columns, tile * max(1, rows) * (_pitch(titles)[0] / (1 + GAP)) + 0.1


def _pitch(titles: Sequence[str]) -> tuple[float, float]:
    """From one tile to the next, down and across, in tiles."""
    lines = max((title.count("\n") + 1 for title in titles), default=1)
    return 1 + GAP + LINE * lines, 1 + GAP


def _draw_tiles(ax: Axes, images: NDArray[np.uint8], titles: Sequence[str], columns: int, frame: str) -> None:
    """Draw pictures uint8 [N, height, width, 3 | 4] in rows of `columns`."""
    down, across = _pitch(titles)
    for i, (image, title) in enumerate(zip(images, titles, strict=True)):
        top, left = down * (i // columns), across * (i % columns)
        high, wide = (side / max(image.shape[:2]) for side in image.shape[:2])
        ax.imshow(image, extent=(left, left + wide, top + high, top), interpolation="none")
        ax.add_patch(Rectangle((left, top), wide, high, fill=False, edgecolor=frame, linewidth=0.8))
        ax.text(left, top - 0.06, title, fontsize=9, va="bottom", linespacing=1.15)
    rows = max(1, math.ceil(len(titles) / columns))
    ax.set(xlim=(-0.02, across * columns - GAP + 0.02), ylim=(down * (rows - 1) + 1.02, 1 - down + GAP))
    ax.set_axis_off()
