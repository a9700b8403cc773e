"""The state that all windows share, and that of one window."""

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
from digitlab.lab.model_cache import ModelCache

if TYPE_CHECKING:
    from digitlab.lab.lesson import Lesson
    from digitlab.lab.trainings import Trainings


@dataclass(frozen=True)
class Lab:
    """The state that all windows share."""

    folder: Path  # of the runs
    models: ModelCache
    answering: Answering
    trainings: Trainings
    lesson: Lesson | None


class Panel(Protocol):
    """One of the five panels of the page, made when it is first shown."""

    def build(self) -> None:
        """Make its elements in the current container."""

    async def shown(self) -> None:
        """Update it: it was just brought to the front."""


class Window:
    """The state of one window."""

    def __init__(self, lab: Lab, view: View) -> None:
        self.lab = lab
        self.view = view  # the part of the state that is in the address
        self.drawing: NDArray[np.uint8] | None = None  # on the pad, [height, width]; None before the pad has sent it
        self.go: Callable[[str], Awaitable[None]]  # brings a panel to the front

    def changed(self) -> None:
        """Update the address of the window."""
        ui.navigate.history.replace(self.view.link())

    async def open_in_why(self, image: NDArray[np.uint8], model: str | None = None) -> None:
        """Work out the answer to this image uint8 [28, 28] by this model, or by the one chosen there."""
        self.view.digit = pixels_to_text(image)
        if model is not None:
            self.view.why = model
        await self.go("why")
