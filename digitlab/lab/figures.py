"""Numbers as people write them, and small drawings as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
WIDTH, HEIGHT = 460, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 26
TICKS = 4


def signed(value: float, digits: int = 2) -> str:
    """«+1.25», «−0.30»."""
    return f"{value:+.{digits}f}".replace("-", "−")


def short(value: float) -> str:
    """A positive number of any size: «0.37», «8,103», «4.9 × 10⁸»."""
    if value == 0 or 0.001 <= value < 1e6:
        return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits} × 10{str(int(exponent)).translate(SUPERSCRIPTS)}"


def curves_svg(title: str, lines: Sequence[tuple[str, Sequence[float]]], *, percent: bool, last: int) -> str:
    """Curves over epochs, each with its name; a point for every epoch, dashed from the second curve on.

    Args:
        title: what is drawn.
        lines: name and values; a value that is no number is left out.
        percent: the values are shares.
        last: the last epoch of the axis.
    """
    values = [value for _, line in lines for value in line if math.isfinite(value)]
    if not values:
        return ""
    low, high = _range(values, percent=percent)
    across = (WIDTH - LEFT - RIGHT) / max(1, last - 1)

    def place(epoch: int, value: float) -> tuple[float, float]:
        up = (value - low) / (high - low)
        return LEFT + across * epoch, HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    grid = "".join(_tick(low + (high - low) * step / TICKS, place, percent=percent) for step in range(TICKS + 1))
    drawn = "".join(_line(number, line, place) for number, (_, line) in enumerate(lines))
    told = "; ".join(f"{name} {_text(line[-1], percent=percent)}" for name, line in lines if line)
    axis = (
        f'<text x="{LEFT}" y="{HEIGHT - 6}">1</text>'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">epoch {last}</text>'
    )
    return (
        f'<svg class="curves" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title} over the epochs: {told}">'
        f"{grid}{drawn}{axis}</svg>"
    )


def _range(values: Sequence[float], *, percent: bool) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = 0.06 * (high - low) or 0.01
    return (low - margin, min(1.0, high + margin)) if percent and high <= 1 else (max(0.0, low - margin), high + margin)


def _tick(value: float, place: object, *, percent: bool) -> str:
    _, y = place(0, value)  # type: ignore[operator]
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_text(value, percent=percent)}</text>'
    )


def _line(number: int, values: Sequence[float], place: object) -> str:
    points = [place(epoch, value) for epoch, value in enumerate(values) if math.isfinite(value)]  # type: ignore[operator]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{3 if len(points) < 40 else 1.5}"/>' for x, y in points)
    return f'<g class="curve curve-{number}"><polyline points="{path}"/>{dots}</g>'


def _text(value: float, *, percent: bool) -> str:
    return f"{100 * value:.1f}%" if percent else f"{value:.3g}"
