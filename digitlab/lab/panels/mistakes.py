"""Mistakes: the confusion matrix, and the misclassified images, the most confident mistake first."""

from __future__ import annotations

import asyncio
from functools import partial

import numpy as np

from digitlab.errors import DigitlabError
from digitlab.lab.elements import Choice, Text, box, button, set_props
from digitlab.lab.examined import Examined, examine_run
from digitlab.lab.panels.tiles import MAX_TILES, opens_in_why, show_tiles
from digitlab.lab.window import Window


class MistakesPanel:
    """The panel "Mistakes"."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._examined: Examined | None = None
        self._cells: dict[str, Text] = {}

    def build(self) -> None:
        """The matrix on the left, the images on the right."""
        with box("mistakes"):
            with box("stack"):
                self._which = Choice("Run", [], "", self._choose)
                self._problem = Text("p", "", "problem")
                self._summary = Text("p", "", "lead")
                self._matrix = box("wide")
            with box("stack"):
                with box("row apart"):
                    self._title = Text("h2", "")
                    self._all = button("All mistakes", partial(self._show_cell, ""), "plain")
                self._hint = Text("p", "", "quiet")
                self._tiles = box("tiles")

    async def shown(self) -> None:
        """List the finished runs, and show that of the view, or the newest."""
        runs = await asyncio.to_thread(self._window.lab.models.runs)
        names = [run.path.name for run in runs if run.result is not None]
        if not names:
            self._problem.text = "No run has been tested yet. Train one, here or in a terminal."
            return
        view = self._window.view
        if view.examined not in names:
            view.examined = names[0]
        self._which.offer([(name, name) for name in names], view.examined)
        if self._examined is None or self._examined.run.path.name != view.examined:
            await self._examine()
        else:
            self._show_cell(view.cell)

    async def _choose(self, name: str) -> None:
        self._window.view.examined = name
        await self._examine()

    async def _examine(self) -> None:
        self._problem.text = ""
        try:
            path = self._window.lab.folder / self._window.view.examined
            self._examined = await asyncio.to_thread(examine_run, path)
        except DigitlabError as error:
            self._problem.text = f"{error.line}. {error.remedy}"
            return
        found = self._examined
        self._summary.text = (
            f"{len(found.wrong):,} of {len(found.images):,} test images are misclassified. A row for each true class, "
            "a column for each predicted one; choose a cell to see its images."
        )
        self._show_matrix(found)
        self._show_cell(self._window.view.cell)

    def _show_matrix(self, found: Examined) -> None:
        names = found.run.info.dataset.class_names
        most = max(1, int((found.matrix - np.diag(found.matrix.diagonal())).max()))  # the most frequent mistake
        self._matrix.clear()
        self._cells.clear()
        with self._matrix, box("confusion", "table"):
            Text("caption", "Confusion matrix", "unseen")
            with box("", "tr"):
                Text("td", "true ↓ predicted →", "quiet")
                for name in names:
                    set_props(Text("th", name), scope="col")
            for label, name in enumerate(names):
                with box("", "tr"):
                    set_props(Text("th", name), scope="row")
                    for answer, other in enumerate(names):
                        count = int(found.matrix[label, answer])
                        with box("", "td"):
                            self._cell(label, answer, count, f"{name} predicted as {other}: {count}", count / most)

    def _cell(self, label: int, answer: int, count: int, text: str, share: float) -> None:
        place = f"{label}-{answer}"
        self._cells[place] = cell = button(str(count) if count else "·", partial(self._show_cell, place), "cell")
        set_props(cell, aria_label=text)
        if label == answer:
            cell.classes("right")
        else:
            cell.style(f"--share: {100 * min(1.0, share):.0f}%")
            set_props(cell, disabled=count == 0)

    def _show_cell(self, cell: str) -> None:
        found = self._examined
        if found is None:
            return
        label, _, answer = cell.partition("-")
        names = found.run.info.dataset.class_names
        chosen = all(text.isdecimal() and int(text) < len(names) for text in (label, answer))
        self._window.view.cell = cell if chosen else ""
        self._window.changed()
        if chosen:
            indices = found.cell(int(label), int(answer))
            self._title.text = f"{names[int(label)]} predicted as {names[int(answer)]}"
        else:
            indices, self._title.text = found.wrong, "All mistakes"
        self._all.set_visibility(chosen)
        shown = f"{MAX_TILES} of {len(indices):,}, the" if len(indices) > MAX_TILES else "The"
        self._hint.text = f"{shown} most confident first.{' Choose one to see why.' * opens_in_why(found)}"
        for place, element in self._cells.items():
            set_props(element, aria_pressed="true" if place == self._window.view.cell else "false")
        show_tiles(self._tiles, self._window, found, indices.tolist())
