"""Draw: a pad, the pixels that the models get, their answers side by side, and the preprocessing."""

from __future__ import annotations

import asyncio
import base64
from functools import partial
from typing import Any

from nicegui import ui

from digitlab.lab.answering import drawing_of, without
from digitlab.lab.elements import Choice, box, button, set_props
from digitlab.lab.link import MAX_MODELS, MAX_VALUE
from digitlab.lab.panels.doctor import Doctor
from digitlab.lab.window import Window
from digitlab.preprocess.pipeline import prepare


class Pad(ui.element, component="../browser/pad.js"):
    """The drawing pad."""


class Digit(ui.element, component="../browser/digit.js"):
    """The 28×28 pixels."""


class Answers(ui.element, component="../browser/answers.js"):
    """The answers of the models."""


class DrawPanel:
    """The panel "Draw"."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def build(self) -> None:
        """Pad, pixels and answers; below them the preprocessing."""
        view = self._window.view
        with box("draw"):
            self._pad = Pad()
            set_props(self._pad, models=view.models, off=view.off, ink=view.ink)
            self._pad.on("drawn", self._drawn)
            with box("seen"):
                pixels = Digit()
                label = "What the models get: 28\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}28 pixels"
                set_props(pixels, live=True, label=label)
                button("Why this answer?", self._ask_why, "plain")
            with box("models-column"):
                self._answers = Answers()
                set_props(self._answers, models=view.models)
                self._chosen = box("row models", role="group", aria_label="Models that answer")
        self._name_models()
        self._doctor = Doctor(self._window.lab.models, self._turn)
        self._doctor.build()

    async def shown(self) -> None:
        """Show the settings of a lesson's step, and the models of new runs."""
        view = self._window.view
        self._show_models()
        set_props(self._pad, off=view.off, **({"ink": view.ink} if view.ink else {}))
        await self._examine()

    def _name_models(self) -> None:
        models = self._window.view.models
        names = self._window.lab.models.names()
        self._chosen.clear()
        with self._chosen:
            for name in models:
                remove = button(f"{name} ×", partial(self._remove, name), "chip")
                set_props(remove, aria_label=f"Remove {name}", disabled=len(models) == 1)
            others = [(name, name) for name in names if name not in models]
            if others and len(models) < MAX_MODELS:
                more = Choice("Add a model", [("", "add …"), *others], "", self._add)
                set_props(more, aria_label="Add a model")

    async def _add(self, name: str) -> None:
        if name:
            self._window.view.models.append(name)
            await self._models_changed()

    async def _remove(self, name: str) -> None:
        self._window.view.models.remove(name)
        await self._models_changed()

    async def _models_changed(self) -> None:
        self._show_models()
        self._window.changed()
        await self._examine()

    def _show_models(self) -> None:
        models = self._window.view.models
        set_props(self._pad, models=models)
        set_props(self._answers, models=models)
        self._name_models()

    async def _drawn(self, event: Any) -> None:
        """A stroke has ended, or the pad has loaded: keep the drawing and examine it."""
        window, first = self._window, self._window.drawing is None
        window.drawing = drawing_of(base64.b64decode(event.args["grey"]), str(event.args["width"]))
        if not first:
            ink = str(event.args["ink"])
            window.view.ink = ink if len(ink) <= MAX_VALUE else ""  # else the address would be too long
            window.view.digit = ""
            window.changed()
        if window.view.panel == "draw":
            await self._examine()
        elif window.view.panel == "why":  # it waits for the drawing
            await window.go("why")

    async def _turn(self, step: str, on: bool) -> None:
        off = [one for one in self._window.view.off if one != step]
        self._window.view.off = off if on else [*off, step]
        set_props(self._pad, off=self._window.view.off)
        self._window.changed()
        await self._examine()

    async def _examine(self) -> None:
        view = self._window.view
        await self._doctor.examine(self._window.drawing, view.models[0], view.off)

    async def _ask_why(self) -> None:
        drawing, view = self._window.drawing, self._window.view
        if drawing is not None:
            predictor = await asyncio.to_thread(self._window.lab.models.predictor, view.models[0])
            settings = without(predictor.info.preprocessing, view.off)
            await self._window.open_in_why(prepare(drawing, settings).image)
