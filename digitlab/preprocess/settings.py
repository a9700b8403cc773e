"""How pictures are prepared, in one of two domains; part of a bundle.

`digits` brings any picture of one digit into the frame of MNIST; `plain` only changes colour and size.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from digitlab.images.spec import MNIST, ImageSpec


class Digits(BaseModel):
    """The domain of digits: a switch for each step, whose thresholds stand beside its code."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    domain: Literal["digits"] = "digits"
    polarity: bool = True  # else ink is taken to be brighter than paper
    light: bool = True
    ink: bool = True  # else every shade counts as ink
    specks: bool = True
    crop: bool = True  # else the whole picture counts as the digit
    proportion: bool = True
    stroke: bool = True
    fit: bool = True  # else the crop is squeezed into the whole frame
    centre: bool = True  # else the middle of the box is the middle of the frame

    @property
    def image(self) -> ImageSpec:
        """The form of the result."""
        return MNIST


class Plain(BaseModel):
    """The domain of all other pictures: upright, with the colour and size of `image`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    domain: Literal["plain"] = "plain"
    image: ImageSpec


Preprocessing = Digits | Plain

ALL_STEPS = Digits()
