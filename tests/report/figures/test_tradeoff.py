from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from digitlab.evaluation.over_seeds import SeedScores
from digitlab.report.figures.panel import STYLE
from digitlab.report.figures.tradeoff import SIZE, tradeoff_panels

CROWD = [("softmax", 0.92), *((f"my_models/network_{i}.py:Network", 0.975 + i / 1000) for i in range(7))]


def scores(name: str, mean: float) -> SeedScores:
    return SeedScores(
        name=name,
        seeds=(0, 1),
        accuracies=(mean, mean),
        accuracy_mean=mean,
        accuracy_sd=0.0,
        accuracy_interval=(mean - 0.001, mean + 0.001),
    )


def drawn(costs: list[float], models: list[tuple[str, float]]) -> Any:
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        FigureCanvasAgg(figure)
        ax = figure.subplots()
        tradeoff_panels([scores(*model) for model in models], [1] * len(models), costs)[1].draw(ax)
        figure.canvas.draw()
    return ax


@pytest.mark.parametrize("spread", [1.0, 1.02, 1.3])
def test_the_names_of_eight_models_do_not_cover_each_other(spread: float) -> None:
    ax = drawn([10 * spread**i for i in range(len(CROWD))], CROWD)
    names = [text for text in ax.texts if isinstance(text, Annotation)]
    boxes = [Text.get_window_extent(name) for name in names]
    assert len(boxes) == len(CROWD)
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]


def test_one_cost_for_all_has_an_axis() -> None:
    low, high = drawn([5, 5], CROWD[:2]).get_xlim()
    assert low < 5 < high
