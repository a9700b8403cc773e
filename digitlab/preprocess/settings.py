"""Which steps are taken; it travels with a model, so that the model sees what it was tested with."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """One switch a step; the numbers behind a step stand beside its code."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    polarity: bool = True  # else ink is taken to be brighter than paper
    light: bool = True
    ink: bool = True  # else every shade counts as ink
    specks: bool = True
    crop: bool = True  # else the whole picture counts as the digit
    proportion: bool = True
    stroke: bool = True
    fit: bool = True  # else the crop is squeezed into the whole frame
    centre: bool = True  # else the middle of the box is the middle of the frame


ALL_STEPS = Settings()
