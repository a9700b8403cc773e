"""Any picture → the image that a model takes, with a trace of the steps."""

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
from digitlab.preprocess.light import subtract_background
from digitlab.preprocess.plain import plain_steps
from digitlab.preprocess.polarity import bright_ink
from digitlab.preprocess.settings import ALL_STEPS, Digits, Plain, Preprocessing
from digitlab.preprocess.specks import despeckle
from digitlab.preprocess.stroke import set_stroke

# Longer pictures are first reduced to this, 8 pixels for one of the frame: fast, and no edge is lost.
WORKING_SIDE = 224

Work = Callable[[Picture], tuple[Picture, str]]


@dataclass(frozen=True)
class Step:
    """One step of a trace: its name, what it did, and the picture after it."""

    name: str
    description: str
    picture: Picture


@dataclass(frozen=True)
class Prepared:
    """A picture as the model sees it, and how it became that."""

    image: NDArray[np.uint8]  # a digit is [28, 28], white ink on black; all black where no ink was found
    trace: tuple[Step, ...]


def prepare(picture: NDArray[np.generic], settings: Preprocessing = ALL_STEPS) -> Prepared:
    """Bring a picture of one digit into the frame of MNIST, or any other picture into the form of `settings`.

    Args:
        picture: [H, W], as `open_picture` returns it or as uint8; the ink of a digit may be dark or bright.  In the
            plain domain also [H, W, 3].
        settings: the domain, and which of its steps to apply.

    Raises:
        UsageError: any other array.
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


def framed(ink: Picture, settings: Digits = ALL_STEPS) -> NDArray[np.uint8]:
    """Ink that was found already, in the frame of MNIST: uint8 [28, 28]; there must be some."""
    frame, _ = _take(ink, _shaping(settings.model_copy(update={"proportion": False}), ink.shape))
    return as_bytes(frame)


def _finding(settings: Digits) -> list[tuple[str, Work]]:
    """The selected steps that find the ink."""
    steps: list[tuple[str, Work]] = [
        ("polarity", bright_ink),
        ("light", subtract_background),
        ("ink", find_ink),
        ("specks", despeckle),
    ]
    return [(name, work) for name, work in steps if getattr(settings, name)]


def _shaping(settings: Digits, whole: tuple[int, ...]) -> list[tuple[str, Work]]:
    """The selected steps that give the ink size, shape and place as in MNIST."""
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
        picture, description = work(picture)
        trace.append(Step(name, description, picture))
    return picture, tuple(trace)
