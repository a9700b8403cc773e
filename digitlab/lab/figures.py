"""Numbers as people write them, and small drawings as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class _Plane:
    """Where a value of an epoch stands on the drawing."""

    last: int
    low: float
    high: float

    def place(self, epoch: int, value: float) -> tuple[float, float]:
        across = (WIDTH - LEFT - RIGHT) / max(1, self.last - 1)
        up = (value - self.low) / (self.high - self.low)
        return LEFT + across * (epoch - 1), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)


def curves_svg(
    title: str,
    lines: Sequence[tuple[str, Sequence[float]]],
    *,
    percent: bool,
    last: int,
    marks: Sequence[tuple[int, str]] = (),
) -> str:
    """Curves over epochs, with a point for every epoch.

    Args:
        title: what is drawn.
        lines: name and values from epoch 1 on; a value that is no number is left out.
        percent: the values are shares.
        last: the last epoch of the axis.
        marks: epochs in which something was changed, with a word.
    """
    values = [value for _, line in lines for value in line if math.isfinite(value)]
    if not values:
        return ""
    ticks = _ticks(min(values), max(values))
    plane = _Plane(last, min(ticks[0], *values), max(ticks[-1], *values))
    grid = "".join(_tick(value, plane, percent=percent) for value in ticks)
    drawn = "".join(_line(number, line, plane) for number, (_, line) in enumerate(lines))
    told = "; ".join(f"{name} {_text(line[-1], percent=percent)}" for name, line in lines if line)
    axis = (
        f'<text x="{LEFT}" y="{HEIGHT - 6}">1</text>'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">epoch {last}</text>'
    )
    return (
        f'<svg class="curves" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title} over the epochs: {told}">'
        f"{grid}{''.join(_mark(epoch, word, plane) for epoch, word in marks)}{drawn}{axis}</svg>"
    )


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from below the least value to above the greatest."""
    rough = (high - low) / TICKS or 0.01
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * times for times in (1, 2, 2.5, 5, 10) if unit * times >= rough)
    first = math.floor(low / step)
    return [step * number for number in range(first, max(first + 1, math.ceil(high / step)) + 1)]


def _tick(value: float, plane: _Plane, *, percent: bool) -> str:
    _, y = plane.place(1, value)
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_text(value, percent=percent)}</text>'
    )


def _mark(epoch: int, word: str, plane: _Plane) -> str:
    x, _ = plane.place(epoch, plane.low)
    return (
        f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
        f'<text x="{x + 4:.1f}" y="{TOP + 10}">{word}</text>'
    )


def _line(number: int, values: Sequence[float], plane: _Plane) -> str:
    points = [plane.place(epoch, value) for epoch, value in enumerate(values, 1) if math.isfinite(value)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{3 if len(points) < 40 else 1.5}"/>' for x, y in points)
    return f'<g class="curve curve-{number}"><polyline points="{path}"/>{dots}</g>'


def _text(value: float, *, percent: bool) -> str:
    return f"{100 * value:.3g}%" if percent else f"{value:.3g}"
