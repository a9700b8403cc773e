"""The page that explains one answer, and the same as a PNG."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.attribution.explanation import Explanation
from digitlab.base import files

SHOWN = 96  # pixels of the longer side of a step's picture


def write_explanation(folder: Path, found: Explanation) -> Path:
    """Write `explain.html` and `explain.png` into `folder`; return the page (raises StorageError)."""
    from digitlab.report.figures.explanation import panel  # here, since matplotlib takes long to load
    from digitlab.report.figures.panel import panels_png
    from digitlab.report.rendering import render

    pictures = step_pictures(found)
    page = render("explanation.html", {}, found=found, pictures=pictures, order=order(found), limit=limit(found))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise files.cannot_write(folder, error) from error
    files.write_bytes(folder / "explain.png", panels_png([panel(found, pictures, order(found), limit(found))]))
    files.write_text(folder / "explain.html", page)
    return folder / "explain.html"


def step_pictures(found: Explanation) -> list[tuple[str, str, NDArray[np.uint8]]]:
    """Name, words and picture of each step, from the picture as it came to what the model sees."""
    raw = [("picture", "as it came", found.picture)]
    return [(name, told, _shown(picture)) for name, told, picture in [*raw, *_steps(found)]]


def _steps(found: Explanation) -> list[tuple[str, str, NDArray[np.float32]]]:
    return [(step.name, step.description, step.picture) for step in found.prepared.trace]


def order(found: Explanation) -> list[int]:
    """The classes, the likeliest first."""
    shares = found.verdict.probabilities
    return sorted(range(len(shares)), key=lambda number: -shares[number])


def limit(found: Explanation) -> float:
    """The largest share of a pixel: the colours go from minus this to plus this."""
    return float(np.abs(found.attribution.shares).max()) or 1.0 if found.attribution else 1.0


def _shown(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Fitted into a square of fixed size, pixels of small pictures left as squares."""
    values = (np.clip(picture, 0, 1) * 255).astype(np.uint8)
    factor = SHOWN / max(values.shape[:2])
    height, width = (max(1, round(side * factor)) for side in values.shape[:2])
    way = Image.Resampling.NEAREST if factor > 1 else Image.Resampling.BOX
    square = np.full((SHOWN, SHOWN, *values.shape[2:]), 128, np.uint8)
    top, left = (SHOWN - height) // 2, (SHOWN - width) // 2
    square[top : top + height, left : left + width] = np.asarray(Image.fromarray(values).resize((width, height), way))
    return square
