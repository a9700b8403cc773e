"""A run as the value of a notebook cell: a small table, and its curves as plain SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digitlab.runs.run import Run

WIDTH, HEIGHT, MARGIN = 260, 120, 22
TRAIN, VALIDATION = "#9aa5b1", "#0b63c5"


def to_html(run: Run) -> str:
    """The run in a few lines of HTML, with loss and accuracy over the epochs."""
    rows = "".join(f"<tr><th>{escape(key)}</th><td>{escape(value)}</td></tr>" for key, value in run.facts().items())
    history = run.history
    curves = _curves("loss", [r.train_loss for r in history], [r.valid_loss for r in history]) + _curves(
        "accuracy", [r.train_accuracy for r in history], [r.valid_accuracy for r in history]
    )
    return f"<div><table>{rows}</table>{curves if history else ''}</div>"


def _curves(title: str, train: Sequence[float], validation: Sequence[float]) -> str:
    low, high = min(*train, *validation), max(*train, *validation)
    lines = "".join(
        f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{_points(values, low, high)}"/>'
        for values, colour in ((train, TRAIN), (validation, VALIDATION))
    )
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{title} over {len(train)} epochs">'
        f'<text x="{MARGIN}" y="14" font-size="12">{title}: <tspan fill="{TRAIN}">train</tspan> '
        f'<tspan fill="{VALIDATION}">validation {validation[-1]:.3f}</tspan></text>{lines}</svg>'
    )


def _points(values: Sequence[float], low: float, high: float) -> str:
    across = (WIDTH - 2 * MARGIN) / max(1, len(values) - 1)
    up = (HEIGHT - 2 * MARGIN) / ((high - low) or 1)
    places = ((MARGIN + across * index, HEIGHT - MARGIN - up * (value - low)) for index, value in enumerate(values))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
