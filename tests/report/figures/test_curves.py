from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from digitlab.report.figures import curves_svg

if TYPE_CHECKING:
    from tests.report.conftest import Finish


@pytest.mark.parametrize("epochs", [1, 2, 100])
def test_the_curves_are_one_svg_for_a_notebook(finish: Finish, epochs: int) -> None:
    svg = ElementTree.fromstring(curves_svg(finish(epochs=epochs).run.history))
    assert svg.tag.endswith("svg")
    texts = {element.text for element in svg.iter() if element.tag.endswith("text")}
    assert {"Loss", "Accuracy, %", "train", "validation", "epoch"} <= texts
