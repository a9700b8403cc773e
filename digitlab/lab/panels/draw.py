"""Draw: a pad, the pixels that the models get, their answers side by side, and what was done to the drawing."""

from __future__ import annotations

import asyncio
import base64
from functools import partial
from typing import Any

from nicegui import ui

from digitlab.lab.answering import drawing_of, without
from digitlab.lab.elements import box, button, choice, put
from digitlab.lab.link import LONGEST, MOST_MODELS
from digitlab.lab.panels.doctor import Doctor
from digitlab.lab.window import Window
from digitlab.preprocess.pipeline import prepare


class Pad(ui.element, component="../browser/pad.js"):
    """Where it is drawn."""


class Digit(ui.element, component="../browser/digit.js"):
    """The 28×28 pixels."""


class Answers(ui.element, component="../browser/answers.js"):
    """What the models say."""


class DrawPanel:
    """The first panel."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def build(self) -> None:
        """Pad, pixels and answers; below them the steps."""
        view = self._window.view
        with box("draw"):
            self._pad = Pad()
            put(self._pad, models=view.models, off=view.off, ink=view.ink)
            self._pad.on("drawn", self._drawn)
            with box("seen"):
                pixels = Digit()
                put(pixels, live=True, label="What the models get: 28\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}28 pixels")
                button("Why this answer?", self._ask_why, "plain")
            with box("said-by"):
                self._answers = Answers()
                put(self._answers, models=view.models)
                self._chosen = box("row models", role="group", aria_label="Models that answer")
        self._name_models()
        self._doctor = Doctor(self._window.lab.shelf, self._turn)
        self._doctor.build()

    async def shown(self) -> None:
        """Show what a step of the lesson may have set; and a run may have ended, so that there is a model more."""
        view = self._window.view
        self._tell_models()
        put(self._pad, off=view.off, **({"ink": view.ink} if view.ink else {}))
        await self._examine()

    def _name_models(self) -> None:
        models = self._window.view.models
        names = self._window.lab.shelf.names()
        self._chosen.clear()
        with self._chosen:
            for name in models:
                remove = button(f"{name} ×", partial(self._remove, name), "chip")
                put(remove, aria_label=f"Take {name} away", disabled=len(models) == 1)
            others = [(name, name) for name in names if name not in models]
            if others and len(models) < MOST_MODELS:
                more = choice("Add a model", [("", "add …"), *others], "", self._add)
                put(more, aria_label="Add a model")

    async def _add(self, name: str) -> None:
        if name:
            self._window.view.models.append(name)
            await self._models_changed()

    async def _remove(self, name: str) -> None:
        self._window.view.models.remove(name)
        await self._models_changed()

    async def _models_changed(self) -> None:
        self._tell_models()
        self._window.changed()
        await self._examine()

    def _tell_models(self) -> None:
        models = self._window.view.models
        put(self._pad, models=models)
        put(self._answers, models=models)
        self._name_models()

    async def _drawn(self, event: Any) -> None:
        """A stroke ended, or the pad is there: remember the drawing, and examine it."""
        window, first = self._window, self._window.drawing is None
        window.drawing = drawing_of(base64.b64decode(event.args["grey"]), str(event.args["width"]))
        if not first:
            ink = str(event.args["ink"])
            window.view.ink = ink if len(ink) <= LONGEST else ""  # more than an address should hold
            window.view.digit = ""
            window.changed()
        if window.view.panel == "draw":
            await self._examine()
        elif window.view.panel == "why":  # which waited for the drawing
            await window.go("why")

    async def _turn(self, step: str, on: bool) -> None:
        off = [one for one in self._window.view.off if one != step]
        self._window.view.off = off if on else [*off, step]
        put(self._pad, off=self._window.view.off)
        self._window.changed()
        await self._examine()

    async def _examine(self) -> None:
        view = self._window.view
        await self._doctor.examine(self._window.drawing, view.models[0], view.off)

    async def _ask_why(self) -> None:
        drawing, view = self._window.drawing, self._window.view
        if drawing is not None:
            predictor = await asyncio.to_thread(self._window.lab.shelf.predictor, view.models[0])
            settings = without(predictor.info.preprocessing, view.off)
            await self._window.open_in_why(prepare(drawing, settings).image)
