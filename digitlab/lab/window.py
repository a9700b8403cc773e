"""One window on the lab: what it shows, and what the panels in it have in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from nicegui import ui
from numpy.typing import NDArray

from digitlab.lab.answering import Answering
from digitlab.lab.link import View, pixels_to_text
from digitlab.lab.shelf import Shelf

if TYPE_CHECKING:
    from digitlab.lab.lesson import Lesson
    from digitlab.lab.trainings import Trainings


@dataclass(frozen=True)
class Lab:
    """What all windows share."""

    folder: Path  # of the runs
    shelf: Shelf
    answering: Answering
    trainings: Trainings
    lesson: Lesson | None


class Panel(Protocol):
    """One of the five parts of the page, made when it is first looked at."""

    def build(self) -> None:
        """Make its elements in the place that is open."""

    async def shown(self) -> None:
        """It was just brought to the front: show what may have changed."""


class Window:
    """The state of one window; it goes with its link.

    Attributes:
        view: what is shown.
        drawing: the picture on the pad, uint8 [height, width]; None before the pad has said so.
        go: brings a panel to the front.
    """

    def __init__(self, lab: Lab, view: View) -> None:
        self.lab = lab
        self.view = view
        self.drawing: NDArray[np.uint8] | None = None
        self.go: Callable[[str], Awaitable[None]]

    def changed(self) -> None:
        """Bring the address of the window up to date."""
        ui.navigate.history.replace(self.view.link())

    async def open_in_why(self, image: NDArray[np.uint8], model: str | None = None) -> None:
        """Account for the answer to this image uint8 [28, 28], by this model or by the one chosen there."""
        self.view.digit = pixels_to_text(image)
        if model is not None:
            self.view.why = model
        await self.go("why")
