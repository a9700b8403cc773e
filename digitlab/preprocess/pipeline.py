"""Any picture of one digit → the 28×28 pixels that a model of MNIST was trained on, with the trace of what was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.preprocess.box import crop, restore_proportion
from digitlab.preprocess.frame import SIDE, centre, fit, squeeze
from digitlab.preprocess.ink import find_ink
from digitlab.preprocess.light import flatten
from digitlab.preprocess.picture import Picture, as_bytes, as_picture, reduced
from digitlab.preprocess.polarity import bright_ink
from digitlab.preprocess.settings import Settings
from digitlab.preprocess.specks import remove_specks
from digitlab.preprocess.stroke import set_stroke

# Longer pictures are reduced to this first: a digit keeps ten pixels for one of the frame, and the steps are quick.
WORKING_SIDE = 256


@dataclass(frozen=True)
class Step:
    """One step of a trace: its name in `Settings`, what it did, in words, and the picture after it."""

    name: str
    told: str
    picture: Picture


@dataclass(frozen=True)
class Prepared:
    """A digit as the model sees it."""

    image: NDArray[np.uint8]  # [28, 28], white ink on black; black where the picture shows nothing
    trace: tuple[Step, ...]

    @property
    def is_blank(self) -> bool:
        """Whether no ink was found."""
        return not self.image.any()


def prepare(picture: NDArray[np.generic], settings: Settings = Settings()) -> Prepared:
    """Bring a picture of one digit into the frame of MNIST.

    Args:
        picture: grey, [H, W], as `open_picture` returns it or as uint8; ink darker or brighter than the paper.
        settings: which steps to take.

    Raises:
        UsageError: an array that is no grey picture.
    """
    ink = reduced(as_picture(picture), WORKING_SIDE)
    whole, trace = ink.shape, []

    def take(name: str, step: Callable[[Picture], tuple[Picture, str]]) -> None:
        nonlocal ink
        ink, told = step(ink)
        trace.append(Step(name, told, ink))

    for name, step in (("polarity", bright_ink), ("light", flatten), ("ink", find_ink), ("specks", remove_specks)):
        if getattr(settings, name):
            take(name, step)
    if not ink.any():
        return Prepared(np.zeros((SIDE, SIDE), np.uint8), tuple(trace))
    if settings.crop:
        take("crop", crop)
    if settings.proportion:
        take("proportion", lambda ink: restore_proportion(ink, whole))
    if settings.stroke:
        take("stroke", set_stroke)
    take("fit", fit if settings.fit else squeeze)
    if settings.centre:
        take("centre", centre)
    return Prepared(as_bytes(ink), tuple(trace))
