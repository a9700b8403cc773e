from __future__ import annotations

from digitlab.report.figures.panel import shortened


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    assert shortened("class number 13", 12) == "class …er 13"
    assert shortened("class number 13", 15) == "class number 13"
