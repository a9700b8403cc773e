"""The steps of the plain domain: to the colour and the size of the model.  Decoding has turned the picture upright."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from digitlab.images.geometry import fitted, in_channels
from digitlab.images.picture import Picture
from digitlab.images.spec import ImageSpec


def plain_steps(spec: ImageSpec) -> list[tuple[str, Callable[[Picture], tuple[Picture, str]]]]:
    """Each step with its name."""
    return [("colour", partial(_colour, spec)), ("size", partial(_size, spec))]


def _colour(spec: ImageSpec, picture: Picture) -> tuple[Picture, str]:
    if spec.channels == 1:
        description = "grey, unchanged" if picture.ndim == 2 else "colour converted to grey"
    else:
        description = "grey repeated in three channels" if picture.ndim == 2 else "in colour, unchanged"
    return in_channels(picture, spec.channels), description


def _size(spec: ImageSpec, picture: Picture) -> tuple[Picture, str]:
    height, width = picture.shape[:2]
    if (height, width) == (spec.height, spec.width):
        return picture, f"{width}×{height} pixels, unchanged"
    description = f"resized from {width}×{height} to {spec.width}×{spec.height} pixels, proportions kept"
    return fitted(picture, spec), description
