"""The steps for pictures of anything: the colour and the size that the model takes.

A picture is turned upright when it is decoded, as the camera wrote into it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from digitlab.images.geometry import fitted, in_channels
from digitlab.images.picture import Picture
from digitlab.images.spec import ImageSpec


def plain_steps(spec: ImageSpec) -> list[tuple[str, Callable[[Picture], tuple[Picture, str]]]]:
    """Each step by its name."""
    return [("colour", partial(_colour, spec)), ("size", partial(_size, spec))]


def _colour(spec: ImageSpec, picture: Picture) -> tuple[Picture, str]:
    if spec.channels == 1:
        told = "grey, as it came" if picture.ndim == 2 else "colour turned to grey by its brightness"
    else:
        told = "grey, as three equal channels" if picture.ndim == 2 else "in colour, as it came"
    return in_channels(picture, spec.channels), told


def _size(spec: ImageSpec, picture: Picture) -> tuple[Picture, str]:
    height, width = picture.shape[:2]
    if (height, width) == (spec.height, spec.width):
        return picture, f"{width}×{height} pixels, as it came"
    told = f"resized from {width}×{height} to {spec.width}×{spec.height} pixels, its proportions kept"
    return fitted(picture, spec), told
