"""Any picture → the pixels that a model was trained on, with the trace of what was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from digitlab.images.picture import Picture, as_bytes, as_picture, reduced
from digitlab.preprocess.box import crop, restore_proportion
from digitlab.preprocess.frame import SIDE, centre, fit, squeeze
from digitlab.preprocess.ink import find_ink
from digitlab.preprocess.light import flatten
from digitlab.preprocess.plain import plain_steps
from digitlab.preprocess.polarity import bright_ink
from digitlab.preprocess.settings import ALL_STEPS, Plain, Preprocessing, Settings
from digitlab.preprocess.specks import remove_specks
from digitlab.preprocess.stroke import set_stroke

# Longer pictures are reduced to this first, eight pixels for one of the frame: quick, and no edge is lost.
WORKING_SIDE = 224

Work = Callable[[Picture], tuple[Picture, str]]


@dataclass(frozen=True)
class Step:
    """One step of a trace: its name, what it did in words, and the picture after it."""

    name: str
    told: str
    picture: Picture


@dataclass(frozen=True)
class Prepared:
    """A picture as the model sees it."""

    image: NDArray[np.uint8]  # of digits [28, 28], white ink on black, and black where there is no ink
    trace: tuple[Step, ...]

    @property
    def is_blank(self) -> bool:
        """Whether no ink was found."""
        return not self.image.any()


def prepare(picture: NDArray[np.generic], settings: Preprocessing = ALL_STEPS) -> Prepared:
    """Bring a picture of one digit into the frame of MNIST, or any other into the form that `settings` name.

    Args:
        picture: [H, W], as `open_picture` returns it or as uint8; of a digit with ink darker or brighter than the
            paper.  In the domain `plain` [H, W, 3], too.
        settings: the domain, and which of its steps to take.

    Raises:
        UsageError: an array that is no such picture.
    """
    if isinstance(settings, Plain):
        image, trace = _take(as_picture(picture, colour=True), plain_steps(settings.image))
        return Prepared(as_bytes(image), trace)
    start = reduced(as_picture(picture), WORKING_SIDE)
    found, trace = _take(start, _finding(settings))
    if not found.any():
        return Prepared(np.zeros((SIDE, SIDE), np.uint8), trace)
    framed, shaping = _take(found, _shaping(settings, start.shape))
    return Prepared(as_bytes(framed), trace + shaping)


def framed(ink: Picture, settings: Settings = ALL_STEPS) -> NDArray[np.uint8]:
    """The frame of MNIST, uint8 [28, 28], of ink that was found already; there must be some."""
    frame, _ = _take(ink, _shaping(settings.model_copy(update={"proportion": False}), ink.shape))
    return as_bytes(frame)


def _finding(settings: Settings) -> list[tuple[str, Work]]:
    """The steps that find the ink, those that are asked for."""
    steps: list[tuple[str, Work]] = [
        ("polarity", bright_ink),
        ("light", flatten),
        ("ink", find_ink),
        ("specks", remove_specks),
    ]
    return [(name, work) for name, work in steps if getattr(settings, name)]


def _shaping(settings: Settings, whole: tuple[int, ...]) -> list[tuple[str, Work]]:
    """The steps that give the ink the shape and the place that MNIST gives it, those that are asked for."""
    steps: list[tuple[str, Work]] = [
        ("crop", crop),
        ("proportion", partial(restore_proportion, whole=whole)),
        ("stroke", set_stroke),
        ("fit", fit),
        ("centre", centre),
    ]
    if not settings.fit:
        steps[3] = ("squeeze", squeeze)
    return [(name, work) for name, work in steps if getattr(settings, name, True)]


def _take(picture: Picture, steps: list[tuple[str, Work]]) -> tuple[Picture, tuple[Step, ...]]:
    trace = []
    for name, work in steps:
        picture, told = work(picture)
        trace.append(Step(name, told, picture))
    return picture, tuple(trace)
