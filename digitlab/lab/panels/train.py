"""Train: choose a model and its settings, start the training, and watch and steer this or any other one."""

from __future__ import annotations

from nicegui import ui

from digitlab.lab.elements import Text, box
from digitlab.lab.panels.train_form import TrainForm
from digitlab.lab.panels.train_view import TrainView
from digitlab.lab.window import Window

UPDATE_SECONDS = 0.4


class TrainPanel:
    """The panel "Train"."""

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
        ui.timer(UPDATE_SECONDS, self._update)

    async def shown(self) -> None:
        """Update at once."""
        await self._update()

    async def _update(self) -> None:
        if self._window.view.panel == "train":
            self._form.update()
            await self._view.update()
