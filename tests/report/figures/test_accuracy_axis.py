from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from digitlab.report.figures.accuracy_axis import MAX_TICKS, stretched, use_accuracy_axis


def test_halving_the_mistakes_is_always_the_same_step() -> None:
    steps = np.diff(stretched([80, 90, 95, 97.5]))
    np.testing.assert_allclose(steps, np.log10(2), atol=0.001)


@pytest.mark.parametrize(
    "values", [[92, 98, 99.3], [0, 100], [97.31, 97.32], [50], [100, 100], [99.98, 99.99], [10, 12, 60]]
)
def test_every_value_is_on_the_axis_between_its_ticks(values: list[float]) -> None:
    ax = Figure().subplots()
    use_accuracy_axis(ax.yaxis, values)
    low, high = ax.get_ylim()
    assert low <= min(values)
    assert max(values) <= high <= 100
    assert 2 <= len(ax.get_yticks()) <= MAX_TICKS
    assert all(low <= tick <= high for tick in ax.get_yticks())
