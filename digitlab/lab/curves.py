"""Curves over epochs as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, HEIGHT = 460, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 26
TICKS = 4


@dataclass(frozen=True)
class _Plane:
    """The coordinates of the drawing."""

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
) -> Markup:
    """Curves over epochs, with a point for every epoch.

    Args:
        title: of the figure.
        lines: name and values from epoch 1 on; NaN and infinity are left out.
        percent: show the values as percent.
        last: the last epoch of the axis.
        marks: epochs with a label, in which something was changed.
    """
    values = [value for _, line in lines for value in line if math.isfinite(value)]
    if not values:
        return Markup()
    ticks = _ticks(min(values), max(values))
    plane = _Plane(last, min(ticks[0], *values), max(ticks[-1], *values))
    parts = [_tick(value, plane, percent=percent) for value in ticks]
    parts += [_mark(epoch, word, plane) for epoch, word in marks]
    parts += [_line(number, line, plane) for number, (_, line) in enumerate(lines)]
    ends = "; ".join(f"{name} {_text(line[-1], percent=percent)}" for name, line in lines if line)
    parts.append(
        Markup('<text x="{}" y="{}">1</text><text x="{}" y="{}" text-anchor="end">epoch {}</text>').format(
            LEFT, HEIGHT - 6, WIDTH - RIGHT, HEIGHT - 6, last
        )
    )
    return Markup(
        '<svg class="curves" viewBox="0 0 {} {}" role="img" aria-label="{} over the epochs: {}">{}</svg>'
    ).format(WIDTH, HEIGHT, title, ends, Markup().join(parts))


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from below the smallest value to above the largest."""
    rough = (high - low) / TICKS or 0.01
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * times for times in (1, 2, 2.5, 5, 10) if unit * times >= rough)
    first = math.floor(low / step)
    return [step * number for number in range(first, max(first + 1, math.ceil(high / step)) + 1)]


def _tick(value: float, plane: _Plane, *, percent: bool) -> Markup:
    _, y = plane.place(1, value)
    return Markup(
        '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
        '<text x="{}" y="{:.1f}" text-anchor="end">{}</text>'
    ).format(LEFT, WIDTH - RIGHT, y, y, LEFT - 6, y + 4, _text(value, percent=percent))


def _mark(epoch: int, word: str, plane: _Plane) -> Markup:
    x, _ = plane.place(epoch, plane.low)
    return Markup(
        '<line class="mark" x1="{:.1f}" x2="{:.1f}" y1="{}" y2="{}"/><text x="{:.1f}" y="{}">{}</text>'
    ).format(x, x, TOP, HEIGHT - BOTTOM, x + 4, TOP + 10, word)


def _line(number: int, values: Sequence[float], plane: _Plane) -> Markup:
    points = [plane.place(epoch, value) for epoch, value in enumerate(values, 1) if math.isfinite(value)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dot, radius = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="{}"/>'), 3 if len(points) < 40 else 1.5
    dots = Markup().join(dot.format(x, y, radius) for x, y in points)
    return Markup('<g class="curve curve-{}"><polyline points="{}"/>{}</g>').format(number, path, dots)


def _text(value: float, *, percent: bool) -> str:
    return f"{100 * value:.3g}%" if percent else f"{value:.3g}"
