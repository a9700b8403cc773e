"""The preprocessing of a drawing: its image after each step, and the answer without the step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from markupsafe import Markup
from nicegui import ui
from numpy.typing import NDArray

from digitlab.attribution.explanation import WhatIf, what_ifs
from digitlab.errors import DigitlabError
from digitlab.images.png import png_uri, thumbnail
from digitlab.lab.answering import without
from digitlab.lab.elements import Html, Text, box, picture, set_props, switch
from digitlab.lab.model_cache import ModelCache
from digitlab.preprocess.pipeline import Step, prepare
from digitlab.runtime.predictor import Predictor
from digitlab.runtime.several import several_digits

STEPS = {
    "polarity": "dark ink or light ink?",
    "light": "even out the light",
    "ink": "find the ink",
    "specks": "remove specks",
    "crop": "crop to the digit",
    "proportion": "undo stretching",
    "stroke": "match MNIST's stroke width",
    "fit": "fit into 20×20 pixels",
    "centre": "centre the mass",
}
REPLACES = {"squeeze": "fit"}  # the step that takes the place of one that is left out


@dataclass(frozen=True)
class _Found:
    """Each step that was taken, the answer without it, and the digits where there are several."""

    taken: dict[str, Step]
    without: dict[str, WhatIf]
    several: str = ""


@dataclass(frozen=True)
class _Place:
    """The elements of one step."""

    box: ui.element
    shot: Html
    tick: ui.element
    text: Text


class Doctor:
    """The row of steps below the pad; `turn` is called with a step and whether to take it."""

    def __init__(self, models: ModelCache, turn: Callable[[str, bool], Any]) -> None:
        self._models = models
        self._turn = turn
        self._places: dict[str, _Place] = {}

    def build(self) -> None:
        """Elements for each step."""
        with box("doctor", "section", aria_label="Preprocessing"):
            Text("h2", "Preprocessing")
            Text("p", "A model expects digits framed as in MNIST. Leave a step out to see its effect.", "lead")
            with box("steps"):
                for name, title in STEPS.items():
                    with box("step") as place:
                        shot = Html("shot")
                        tick = switch(title, True, partial(self._turn, name))
                        self._places[name] = _Place(place, shot, tick, Text("p", ""))
            self._status = Text("p", "", "quiet")

    async def examine(self, drawing: NDArray[np.uint8] | None, model: str, off: list[str]) -> None:
        """Show the steps of a model's preprocessing, without those in `off`."""
        for name, place in self._places.items():
            set_props(place.tick, checked=name not in off)
        if drawing is None or (drawing == 255).all():
            self._show(_Found({}, {}), off)
            self._status.text = ""
            return
        try:
            predictor = await asyncio.to_thread(self._models.predictor, model)
            found = await asyncio.to_thread(_examine, predictor, drawing, off)
            self._show(found, off)
            several = f"There are several digits here: {found.several}. " if found.several else ""
            self._status.text = f"{several}The answers here are those of {model}, the first of the models."
        except DigitlabError as error:
            self._status.text = error.line

    def _show(self, found: _Found, off: list[str]) -> None:
        for name, place in self._places.items():
            step, what_if = found.taken.get(name), found.without.get(name)
            place.box.classes(replace="step off" if name in off else "step")
            alt = f"The drawing after the step {name}"
            shot = Markup() if step is None else picture(png_uri(thumbnail(step.picture)), alt)
            place.shot.show(shot)
            changed = what_if is not None and what_if.changed
            place.text.classes(replace="changed" if changed else "quiet")
            if what_if is not None and what_if.changed:
                place.text.text = f"without it: {what_if.verdict.short}"
            else:
                place.text.text = "left out" if name in off else step.description if step is not None else ""


def _examine(predictor: Predictor, drawing: NDArray[np.uint8], off: list[str]) -> _Found:
    """Preprocess a drawing with all steps, and without each one of them."""
    settings = without(predictor.info.preprocessing, off)
    prepared = prepare(drawing, settings)
    (verdict,) = predictor.verdicts(prepared.image[None])
    left_out = what_ifs(predictor, drawing, settings, verdict)
    taken = {REPLACES.get(step.name, step.name): step for step in prepared.trace}
    # Not with the answers: reading lines takes a tenth of a second, in which a stroke would wait for its answer.
    several = several_digits(settings, drawing) if verdict.status == "not-a-digit" else ""
    return _Found(taken, {one.step: one for one in left_out}, " ".join(several.split()))
