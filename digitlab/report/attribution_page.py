"""The page that explains one answer, and the same as a PNG."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from digitlab.attribution.explanation import Explanation
from digitlab.base import files
from digitlab.images.png import thumbnail
from digitlab.report.figures.attribution import attribution_panel
from digitlab.report.figures.panel import panels_png
from digitlab.report.rendering import render


def write_explanation(folder: Path, found: Explanation) -> Path:
    """Write `explain.html` and `explain.png` into `folder`; return the page (raises StorageError)."""
    raw = [("picture", "as it was read", found.picture)]
    trace = [(step.name, step.description, step.picture) for step in found.prepared.trace]
    steps = [(name, description, thumbnail(picture)) for name, description, picture in [*raw, *trace]]
    order = sorted(range(len(found.classes)), key=lambda number: -found.verdict.probabilities[number])
    limit = float(np.abs(found.attribution.shares).max()) or 1.0 if found.attribution else 1.0
    page = render("attribution.html", {}, found=found, steps=steps, order=order, limit=limit)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise files.cannot_write(folder, error) from error
    files.write_bytes(folder / "explain.png", panels_png([attribution_panel(found, steps, order, limit)]))
    files.write_text(folder / "explain.html", page)
    return folder / "explain.html"
