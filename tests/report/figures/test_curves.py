from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from digitlab.report.figures.curves import curves_panels
from digitlab.report.figures.panel import panel_svg

if TYPE_CHECKING:
    from tests.report.conftest import Finish


@pytest.mark.parametrize("epochs", [1, 2, 100])
def test_loss_and_accuracy_are_drawn_for_any_number_of_epochs(finish: Finish, epochs: int) -> None:
    panels = curves_panels(finish(epochs=epochs).run.history)
    drawn = [ElementTree.fromstring(panel_svg(panel, "curves")) for panel in panels]
    assert all(svg.tag.endswith("svg") for svg in drawn)
    texts = {element.text for svg in drawn for element in svg.iter() if element.tag.endswith("text")}
    assert {"Loss", "Accuracy, %", "train", "validation", "epoch"} <= texts
