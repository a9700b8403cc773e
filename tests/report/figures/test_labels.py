from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from digitlab.report.figures.labels import DOT, Box, place_labels

SIZE = (3.6, 2.7)
POINTS = st.lists(st.tuples(st.floats(0.2, 3.4), st.floats(0.2, 2.5)), min_size=1, max_size=5)


@given(POINTS)
def test_no_name_covers_another_or_a_point(points: list[tuple[float, float]]) -> None:
    boxes = place_labels(points, ["mlp:512-256"] * len(points), SIZE, 9)
    dots = [Box(x - DOT, y - DOT, x + DOT, y + DOT) for x, y in points]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert not any(box.overlaps(dot) for box in boxes for dot in dots)
    assert all(box.inside(*SIZE) for box in boxes)


def test_a_name_stands_right_of_its_point_where_there_is_room() -> None:
    [box] = place_labels([(1, 1)], ["cnn"], SIZE, 9)
    assert box.left > 1
    assert box.bottom < 1 < box.top


def test_a_name_that_fits_nowhere_is_still_written() -> None:
    assert len(place_labels([(1, 1)], ["a name" * 30], SIZE, 9)) == 1
