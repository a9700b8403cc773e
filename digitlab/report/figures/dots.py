"""Accuracies over seeds as a dot plot, and the gains over the baseline; the noise of the test images is shown apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from digitlab.evaluation.intervals import wilson_interval
from digitlab.evaluation.over_seeds import AgainstBaseline, Comparison, SeedScores
from digitlab.report.figures.accuracy_axis import use_accuracy_axis
from digitlab.report.figures.palette import label, style
from digitlab.report.figures.panel import INK, MUTED, Panel
from digitlab.report.format import signed

NOISE = "#cdd3da"
NAME, SEEDS, IMAGES = 0.34, -0.02, -0.3  # heights in a row: of the name, the seeds and the noise of the images
WIDTH, ROW, FRAME = 4.5, 0.62, 1.65  # inches


@dataclass(frozen=True)
class _Row:
    """One model: a value for each seed, their mean and interval, and the interval over other test images."""

    name: str
    place: int  # from the top, and of its style
    values: tuple[float, ...]
    mean: float
    interval: tuple[float, float] | None
    noise: tuple[float, float] | None


def accuracy_dots(comparison: Comparison) -> Panel:
    """Test accuracy of each model in percent, the baseline on top."""
    rows = [
        _accuracy_row(place, scores, comparison.test_images)
        for place, scores in enumerate((comparison.baseline, *comparison.models))
    ]
    label = "; ".join(f"{row.name} {row.mean:.2f}%" for row in rows)

    def draw(ax: Axes) -> None:
        use_accuracy_axis(ax.xaxis, _extent(rows))
        _draw_rows(ax, rows, rows[0].name, rows[0].mean, "{:.2f}".format)
        ax.set_title("Test accuracy, %")

    return Panel(f"Test accuracy of each model over its seeds: {label}", _size(rows), draw)


def gain_dots(comparison: Comparison) -> Panel:
    """Difference of each model to the baseline in percentage points, paired by seed."""
    rows = [_gain_row(place, comparison.baseline, model) for place, model in enumerate(comparison.models, start=1)]
    label = "; ".join(f"{row.name} {row.mean:+.2f}" for row in rows)

    def draw(ax: Axes) -> None:
        extent = [0.0, *_extent(rows)]
        room = 0.06 * (max(extent) - min(extent) or 1)
        ax.set_xlim(min(extent) - room, max(extent) + room)
        ax.locator_params(axis="x", nbins=6)
        _draw_rows(ax, rows, comparison.baseline.name, 0, signed)
        ax.set_title("Gain in percentage points")

    return Panel(f"Gain of each model over the baseline in percentage points: {label}", _size(rows), draw)


def _accuracy_row(place: int, scores: SeedScores, images: int) -> _Row:
    low, high = wilson_interval(round(scores.accuracy_mean * images), images)
    between = scores.accuracy_interval
    return _Row(
        scores.name,
        place,
        tuple(100 * accuracy for accuracy in scores.accuracies),
        100 * scores.accuracy_mean,
        None if between is None else (100 * max(0, between[0]), 100 * min(1, between[1])),
        (100 * low, 100 * high),
    )


def _gain_row(place: int, baseline: SeedScores, model: AgainstBaseline) -> _Row:
    first, second = (dict(zip(scores.seeds, scores.accuracies, strict=True)) for scores in (baseline, model))
    noise = model.image_noise
    return _Row(
        model.name,
        place,
        tuple(100 * (second[seed] - first[seed]) for seed in model.paired_seeds),
        model.difference,
        model.difference_interval,
        None if noise is None else (model.difference - noise, model.difference + noise),
    )


def _extent(rows: Sequence[_Row]) -> list[float]:
    return [value for row in rows for value in (*row.values, *(row.interval or ()), *(row.noise or ()))]


def _size(rows: Sequence[_Row]) -> tuple[float, float]:
    return WIDTH, FRAME + ROW * (rows[-1].place + 1)


def _draw_rows(ax: Axes, rows: Sequence[_Row], baseline: str, level: float, number: Callable[[float], str]) -> None:
    """Rows from top to bottom, a line at the baseline's level, and each mean as a number at the right edge."""
    ax.axvline(level, color=MUTED, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)
    for row in rows:
        _draw_row(ax, -row.place, row)
        ax.annotate(
            number(row.mean), (1, -row.place + SEEDS), xycoords=("axes fraction", "data"),
            xytext=(8, 0), textcoords="offset points", va="center", fontsize=9, color=MUTED,
        )  # fmt: skip
    names = {0: baseline} | {row.place: row.name for row in rows}
    for place, name in names.items():  # above its row: a long name leaves the axes their width
        ax.text(
            0, -place + NAME, label(name), transform=ax.get_yaxis_transform(), va="center", zorder=6,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip
    ax.set_yticks([])
    ax.set_ylim(-len(names) + 0.5, 0.5)
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    _draw_key(ax, intervals=any(row.interval for row in rows))


def _draw_row(ax: Axes, height: float, row: _Row) -> None:
    colour, _, mark = style(row.place)
    if row.noise is not None:
        ax.plot(row.noise, [height + IMAGES] * 2, color=NOISE, linewidth=5, solid_capstyle="butt", zorder=2)
    if row.interval is not None:
        ax.plot(row.interval, [height + SEEDS] * 2, color=colour, linewidth=2.2, alpha=0.55, zorder=3)
        ax.plot(row.mean, height + SEEDS, mark, color=colour, markersize=7, zorder=5)
    ax.plot(
        row.values, [height + SEEDS] * len(row.values), "o", markersize=4 if row.interval else 6,
        markerfacecolor="white", markeredgecolor=colour, markeredgewidth=0.9, zorder=6,
    )  # fmt: skip


def _draw_key(ax: Axes, *, intervals: bool) -> None:
    seed = Line2D([], [], color="none", marker="o", markersize=4, markerfacecolor="white", markeredgecolor=INK)
    mean = Line2D([], [], color=INK, marker="o", markersize=6, linewidth=2.2)
    noise = Line2D([], [], color=NOISE, linewidth=5)
    key = {
        "one seed": seed,
        **({"mean and 95% interval over seeds": mean} if intervals else {}),
        "noise of the test images (95%)": noise,
    }
    ax.legend(
        key.values(), key.keys(), loc="upper left", bbox_to_anchor=(-0.02, 0), borderaxespad=2.8, fontsize=8.5,
        handlelength=1.6, labelcolor=MUTED,
    )  # fmt: skip
