"""Draw: a pad, the pixels that the models get, their answers side by side, and what was done to the drawing."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
from nicegui import ui
from numpy.typing import NDArray

from digitlab.errors import DigitlabError
from digitlab.explain.explanation import WhatIf, what_ifs
from digitlab.lab.answering import MOST_MODELS, drawing_of, without
from digitlab.lab.elements import Text, box, button, choice, html, picture, put, switch
from digitlab.lab.pictures import step_uri
from digitlab.lab.window import Window
from digitlab.preprocess.pipeline import Step, prepare
from digitlab.preprocess.settings import Settings
from digitlab.runtime.predictor import Predictor
from digitlab.runtime.verdict import Verdict

STEPS = {
    "polarity": "dark ink or light ink?",
    "light": "even out the light",
    "ink": "find the ink",
    "specks": "take dirt away",
    "crop": "cut out the digit",
    "proportion": "undo stretching",
    "stroke": "bring the pen to MNIST's width",
    "fit": "fit it into 20×20 pixels",
    "centre": "centre its mass",
}


class Pad(ui.element, component="../browser/pad.js"):
    """Where it is drawn."""


class Digit(ui.element, component="../browser/digit.js"):
    """The 28×28 pixels."""


class Answers(ui.element, component="../browser/answers.js"):
    """What the models say."""


@dataclass(frozen=True)
class Examined:
    """What the drawing doctor found: each step with its picture, and the answer without it."""

    verdict: Verdict
    trace: tuple[Step, ...]
    without: dict[str, WhatIf]


class DrawPanel:
    """The first panel."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def build(self) -> None:
        """Pad, pixels and answers; below them the steps."""
        view = self._window.view
        with box("draw"):
            self._pad = Pad()
            put(self._pad, models=view.models, off=view.off, ink=view.ink)  # type: ignore[arg-type]
            self._pad.on("drawn", self._drawn)
            with box("seen"):
                pixels = Digit()
                put(pixels, live=True, label="What the models get: 28 × 28 pixels")
                button("Why this answer?", self._ask_why, "plain")
            with box("said-by"):
                self._answers = Answers()
                put(self._answers, models=view.models)  # type: ignore[arg-type]
                self._chosen = box("row models", role="group", aria_label="Models that answer")
        self._name_models()
        with box("doctor", "section", aria_labelledby="doctor"):
            put(Text("h2", "What is done to the drawing"), id="doctor")
            Text(
                "p",
                "A model of MNIST knows digits as MNIST has them. Leave a step out and see what it was for.",
                "lead",
            )
            self._doctor = box("steps")
            self._told = Text("p", "", "quiet")

    async def shown(self) -> None:
        """Show what a step of the lesson may have set; and a run may have ended, so that there is a model more."""
        view = self._window.view
        self._tell_models()
        put(self._pad, off=view.off, **({"ink": view.ink} if view.ink else {}))  # type: ignore[arg-type]
        await self._examine()

    def _name_models(self) -> None:
        models = self._window.view.models
        names = self._window.lab.shelf.names()
        self._chosen.clear()
        with self._chosen:
            for name in models:
                remove = button(f"{name} ×", lambda name=name: self._remove(name), "chip")
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
        put(self._pad, models=models)  # type: ignore[arg-type]
        put(self._answers, models=models)  # type: ignore[arg-type]
        self._name_models()

    async def _drawn(self, event: Any) -> None:
        """A stroke ended: remember the drawing, and examine it."""
        body = base64.b64decode(event.args["grey"])
        self._window.drawing = drawing_of(body, str(event.args["width"]))
        self._window.view.ink = str(event.args["ink"])[:4_000]
        self._window.view.digit = ""
        self._window.changed()
        await self._examine()

    async def _turn(self, step: str, on: bool) -> None:
        off = self._window.view.off
        if on and step in off:
            off.remove(step)
        elif not on and step not in off:
            off.append(step)
        put(self._pad, off=off)  # type: ignore[arg-type]
        self._window.changed()
        await self._examine()

    async def _examine(self) -> None:
        drawing, view = self._window.drawing, self._window.view
        if drawing is None or (drawing == 255).all():
            self._doctor.clear()
            self._told.text = "Draw something, and its way to the 28×28 pixels is shown here."
            return
        try:
            predictor = await asyncio.to_thread(self._window.lab.shelf.predictor, view.models[0])
            found = await asyncio.to_thread(examine, predictor, drawing, list(view.off))
        except DigitlabError as error:
            self._told.text = f"{error.problem}: {error.found}"
            return
        self._show(found)

    def _show(self, found: Examined) -> None:
        pictures = {step.name: step for step in found.trace}
        self._doctor.clear()
        with self._doctor:
            for name, title in STEPS.items():
                step = pictures.get(name) or (pictures.get("squeeze") if name == "fit" else None)
                self._show_step(name, title, step, found)
        model = self._window.view.models[0]
        self._told.text = f"Answers here are those of {model}, the first of the models."

    def _show_step(self, name: str, title: str, step: Step | None, found: Examined) -> None:
        off = name in self._window.view.off
        with box("step off" if off else "step"):
            if step is None:
                html("<span></span>", "nothing")
            else:
                html(picture(step_uri(step.picture), f"The drawing after the step {name}"), "shot")
            switch(title, not off, lambda on: self._turn(name, on))
            what_if = found.without.get(name)
            if off:
                Text("p", "left out", "quiet")
            elif what_if is not None and what_if.changed:
                Text("p", f"without it: {what_if.verdict.short}", "changed")
            elif step is not None:
                Text("p", step.told, "quiet")

    async def _ask_why(self) -> None:
        drawing, view = self._window.drawing, self._window.view
        if drawing is not None:
            predictor = await asyncio.to_thread(self._window.lab.shelf.predictor, view.models[0])
            settings = without(predictor.info.preprocessing, view.off)
            await self._window.open_in_why(prepare(drawing, settings).image)


def examine(predictor: Predictor, drawing: NDArray[np.uint8], off: list[str]) -> Examined:
    """Take a drawing through the steps, and through all but each one of them."""
    settings: Settings = without(predictor.info.preprocessing, off)
    prepared = prepare(drawing, settings)
    (verdict,) = predictor.verdicts(prepared.image[None])
    left_out = what_ifs(predictor, drawing, settings, verdict)
    return Examined(verdict, prepared.trace, {one.step: one for one in left_out})
