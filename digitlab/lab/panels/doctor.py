"""The drawing doctor: what each step makes of the drawing, and what had been answered without it."""

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
from digitlab.lab.answering import without
from digitlab.lab.elements import Html, Text, box, picture, put, switch
from digitlab.lab.pictures import step_uri
from digitlab.lab.shelf import Shelf
from digitlab.preprocess.pipeline import Step, prepare
from digitlab.runtime.predictor import Predictor

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
INSTEAD = {"squeeze": "fit"}  # what is done where a step is left out


@dataclass(frozen=True)
class Examined:
    """Each step that was taken with its picture, and the answer without it."""

    taken: dict[str, Step]
    without: dict[str, WhatIf]


@dataclass(frozen=True)
class _Place:
    """Where one step is shown."""

    box: ui.element
    shot: Html
    tick: ui.element
    told: Text


class Doctor:
    """The row of steps below the pad.

    Args:
        shelf: of the models.
        turn: called with a step and whether it is to be taken.
    """

    def __init__(self, shelf: Shelf, turn: Callable[[str, bool], Any]) -> None:
        self._shelf = shelf
        self._turn = turn
        self._places: dict[str, _Place] = {}

    def build(self) -> None:
        """A place for each step."""
        with box("doctor", "section", aria_label="What is done to the drawing"):
            Text("h2", "What is done to the drawing")
            Text(
                "p",
                "A model knows digits as MNIST has them. Leave a step out, and see what it was for.",
                "lead",
            )
            with box("steps"):
                for name, title in STEPS.items():
                    with box("step") as place:
                        shot = Html("shot")
                        tick = switch(title, True, partial(self._turn, name))
                        self._places[name] = _Place(place, shot, tick, Text("p", ""))
            self._told = Text("p", "", "quiet")

    async def examine(self, drawing: NDArray[np.uint8] | None, model: str, off: list[str]) -> None:
        """Show what a model's steps make of the drawing, less those in `off`."""
        for name, place in self._places.items():
            put(place.tick, checked=name not in off)
        if drawing is None or (drawing == 255).all():
            self._show(Examined({}, {}), off)
            self._told.text = ""
            return
        try:
            predictor = await asyncio.to_thread(self._shelf.predictor, model)
            self._show(await asyncio.to_thread(examined, predictor, drawing, off), off)
            self._told.text = f"Answers here are those of {model}, the first of the models."
        except DigitlabError as error:
            self._told.text = f"{error.problem}: {error.found}"

    def _show(self, found: Examined, off: list[str]) -> None:
        for name, place in self._places.items():
            step, what_if = found.taken.get(name), found.without.get(name)
            place.box.classes(replace="step off" if name in off else "step")
            words = f"The drawing after the step {name}"
            place.shot.show(picture(step_uri(step.picture), words) if step is not None else Markup())
            changed = what_if is not None and what_if.changed
            place.told.classes(replace="changed" if changed else "quiet")
            if what_if is not None and what_if.changed:
                place.told.text = f"without it: {what_if.verdict.short}"
            else:
                place.told.text = "left out" if name in off else step.description if step is not None else ""


def examined(predictor: Predictor, drawing: NDArray[np.uint8], off: list[str]) -> Examined:
    """Take a drawing through the steps, and through all but each one of them."""
    settings = without(predictor.info.preprocessing, off)
    prepared = prepare(drawing, settings)
    (verdict,) = predictor.verdicts(prepared.image[None])
    left_out = what_ifs(predictor, drawing, settings, verdict)
    taken = {INSTEAD.get(step.name, step.name): step for step in prepared.trace}
    return Examined(taken, {one.step: one for one in left_out})
