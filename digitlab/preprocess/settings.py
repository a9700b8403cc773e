"""How pictures are prepared; it travels with a model, so that the model sees what it was tested with.

There are two domains.  `digits` brings any picture of one digit into the frame of MNIST; `plain` keeps the picture as
it is, in the colour and the size that the model takes.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from digitlab.images.spec import MNIST, ImageSpec


class Settings(BaseModel):
    """The domain of digits: one switch a step; the numbers behind a step stand beside its code."""

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
        """Of what comes out."""
        return MNIST


class Plain(BaseModel):
    """The domain of all other pictures: upright, in the colour and the size of `image`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    domain: Literal["plain"] = "plain"
    image: ImageSpec


Preprocessing = Settings | Plain

ALL_STEPS = Settings()
