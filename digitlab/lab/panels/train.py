"""Train: choose what is trained and how, start it, and watch and steer it or any other training."""

from __future__ import annotations

from nicegui import ui

from digitlab.lab.elements import Text, box
from digitlab.lab.panels.train_form import TrainForm
from digitlab.lab.panels.train_view import TrainView
from digitlab.lab.window import Window

SECONDS_BETWEEN_LOOKS = 0.4


class TrainPanel:
    """The third panel."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._form = TrainForm(window)
        self._view = TrainView(window)

    def build(self) -> None:
        """The form on the left, the training on the right."""
        with box("train"):
            with box("stack", "section", aria_label="What to train"):
                Text("h2", "Train a model")
                self._form.build()
            with box("stack", "section", aria_label="The training"):
                self._view.build()
        ui.timer(SECONDS_BETWEEN_LOOKS, self._look)

    async def shown(self) -> None:
        """Look at once."""
        await self._look()

    async def _look(self) -> None:
        if self._window.view.panel == "train":
            self._form.look()
            await self._view.look()
