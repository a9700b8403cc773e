"""The page: its header, its five panels, of which one is in front, and the lesson beside them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from nicegui import ui

from digitlab.lab.elements import Text, box, button, set_props
from digitlab.lab.link import View
from digitlab.lab.panels.compare import ComparePanel
from digitlab.lab.panels.draw import DrawPanel
from digitlab.lab.panels.lesson import LessonPanel
from digitlab.lab.panels.mistakes import MistakesPanel
from digitlab.lab.panels.train import TrainPanel
from digitlab.lab.panels.why import WhyPanel
from digitlab.lab.window import Lab, Panel, Window

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
KINDS: dict[str, type] = {
    "draw": DrawPanel,
    "why": WhyPanel,
    "train": TrainPanel,
    "mistakes": MistakesPanel,
    "compare": ComparePanel,
}


class Page:
    """One window's page."""

    def __init__(self, lab: Lab, view: View) -> None:
        self._window = Window(lab, view)
        self._window.go = self.go
        self._tabs: dict[str, Text] = {}
        self._places: dict[str, ui.element] = {}
        self._panels: dict[str, Panel] = {}

    def build(self) -> None:
        """Make the header and the panel of the view; the others are made when they are first shown."""
        ui.add_head_html(f"<style>{STYLE}</style>")  # ui.add_css would use a script, which the policy forbids
        with box("page-head", "header"):
            Text("h1", "digitlab")
            with box("tabs", "nav", aria_label="Panels"):
                for name in KINDS:
                    self._tabs[name] = button(name.capitalize(), partial(self.go, name), "tab")
        with box("page-body"):
            if self._window.lab.lesson is not None:
                LessonPanel(self._window, self._window.lab.lesson).build()
            with box("panels", "main"):
                for name in KINDS:
                    self._places[name] = box("panel")
        ui.timer(0, lambda: self.go(self._window.view.panel), once=True)

    async def go(self, name: str) -> None:
        """Bring a panel to the front."""
        self._window.view.panel = name
        for other, place in self._places.items():
            place.set_visibility(other == name)
            set_props(self._tabs[other], aria_current="page" if other == name else None)
        self._make(name)
        if self._window.view.ink:
            self._make("draw")  # its pad turns the ink of the link into a drawing
        self._window.changed()
        with self._places[name]:
            await self._panels[name].shown()

    def _make(self, name: str) -> None:
        if name not in self._panels:
            self._panels[name] = KINDS[name](self._window)
            with self._places[name]:
                self._panels[name].build()
