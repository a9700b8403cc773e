"""Compare: a table of all runs; of two of them, whether they differ and on which images."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from nicegui import ui

from digitlab.errors import DigitlabError
from digitlab.evaluation.paired import Agreement
from digitlab.lab.elements import Text, box, button, set_props, switch
from digitlab.lab.examined import Examined, compare_two
from digitlab.lab.panels.tiles import opens_in_why, show_tiles
from digitlab.lab.window import Window
from digitlab.runs.run import Run

COLUMNS = ("compare", "run", "model", "data", "test accuracy (95%)", "parameters", "seconds", "state")
NUMBERS = ("test accuracy (95%)", "parameters", "seconds")


class ComparePanel:
    """The panel "Compare"."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._ticks: dict[str, ui.element] = {}

    def build(self) -> None:
        """The table above, the comparison of two runs below."""
        with box("stack"):
            Text("h2", "Runs")
            Text("p", "Choose two that were tested on the same images; the first is the baseline.", "lead")
            self._table = box("wide")
            self._problem = Text("p", "", "problem")
            self._verdict = Text("p", "", "verdict")
            set_props(self._verdict, role="status")
            self._groups = box("row", role="group", aria_label="Which images to show")
            self._hint = Text("p", "", "quiet")
            self._tiles = box("tiles")

    async def shown(self) -> None:
        """Show new runs."""
        self._show_table(await asyncio.to_thread(self._window.lab.models.runs))
        await self._compare()

    def _show_table(self, runs: list[Run]) -> None:
        self._table.clear()
        self._ticks.clear()
        with self._table:
            if not runs:
                Text("p", "No runs yet. Train one, here or in a terminal.", "quiet")
                return
            with box("runs", "table"):
                with box("", "tr"):
                    for column in COLUMNS:
                        set_props(Text("th", column, "number" if column in NUMBERS else ""), scope="col")
                for run in runs:
                    with box("", "tr"):
                        self._show_run(run)

    def _show_run(self, run: Run) -> None:
        pair, name = self._window.view.pair, run.path.name
        with box("", "td"):
            self._ticks[name] = switch(name, name in pair, partial(self._turn, name))
            set_props(self._ticks[name], disabled=run.result is None)
        data = "–" if run.info.watched else run.info.dataset.short_name
        state = run.state if run.state != "done" else "done, rate changed" if run.info.rate_changes else "done"
        set_props(Text("th", name), scope="row")
        for text in (run.info.model, data):
            Text("td", text)
        accuracy = run.result.sentence if run.result else "–"
        for text in (accuracy, f"{run.info.parameters:,}", f"{run.seconds:.1f}"):
            Text("td", text, "number")
        Text("td", state)

    async def _turn(self, name: str, on: bool) -> None:
        pair = [one for one in self._window.view.pair if one != name]
        self._window.view.pair = [*pair, name][-2:] if on else pair
        self._window.changed()
        for other, tick in self._ticks.items():
            set_props(tick, checked=other in self._window.view.pair)
        await self._compare()

    async def _compare(self) -> None:
        self._problem.text = self._verdict.text = self._hint.text = ""
        for place in (self._groups, self._tiles):
            place.clear()
        if len(self._window.view.pair) != 2:
            return
        first, second = (self._window.lab.folder / Path(name).name for name in self._window.view.pair)
        try:
            found, one, other = await asyncio.to_thread(compare_two, first, second)
        except DigitlabError as error:
            self._problem.text = f"{error.line}. {error.remedy}"
            return
        self._verdict.text = found.sentence
        self._name_groups(found, one, other)

    def _name_groups(self, found: Agreement, one: Examined, other: Examined) -> None:
        """A button for each group of images, shown with the predictions of the run that misclassified them."""
        groups = (
            (f"Only {found.names[0]} is right", found.only_first.tolist(), other),
            (f"Only {found.names[1]} is right", found.only_second.tolist(), one),
            ("Neither", found.none.tolist(), one),
            ("Both", found.both.tolist(), one),
        )
        with self._groups:
            for title, indices, examined in groups:
                button(f"{title}: {len(indices):,}", partial(self._show, title, indices, examined))
        self._show(*groups[1])

    def _show(self, title: str, indices: list[int], examined: Examined) -> None:
        why = "; choose one to see why" * opens_in_why(examined)
        self._hint.text = f"{title}. With the predictions of {examined.run.path.name}{why}."
        show_tiles(self._tiles, self._window, examined, indices)
