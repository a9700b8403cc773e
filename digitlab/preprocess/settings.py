"""Which steps are taken, and the numbers they need; it travels with a model, so that it sees what it was tested with."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """One switch a step; the numbers behind the steps stand beside their code and change with the version only."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    version: int = 1  # of the steps' code: pictures prepared by another one are other pictures
    polarity: bool = True  # else ink is taken to be brighter than paper
    light: bool = True
    ink: bool = True  # else every shade counts as ink
    specks: bool = True
    crop: bool = True  # else the whole picture counts as the digit
    proportion: bool = True
    stroke: bool = True
    fit: bool = True  # else the crop is squeezed into the whole frame
    centre: bool = True  # else the middle of the box is the middle of the frame
