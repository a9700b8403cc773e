"""A template names the boxes of a form, on a picture of the empty form.

form = "empty.png"

[boxes]
student = [330, 150, 750, 220]
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from digitlab.base.files import read_capped, reading
from digitlab.config import first_complaint
from digitlab.errors import UsageError

_MAX_BYTES = 2**20  # of a template
_LEAST = 12  # pixels of a box's sides: digits as high as in MNIST's frame, or nearly
_SHAPE = 'form = "empty.png", and below [boxes] name = [left, top, right, bottom]'

Sides = Annotated[tuple[int, int, int, int], Field(strict=False)]  # left, top, right, bottom; a list in TOML


class Template(BaseModel):
    """What a template holds.

    Attributes:
        form: the file of a picture of the empty form, from the template's folder.
        boxes: left, top, right and bottom of each box in that picture, in pixels.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    form: str
    boxes: dict[str, Sides] = Field(min_length=1)


def read_template(path: Path) -> Template:
    """The template in a file (raises DataError: no file, or no TOML; UsageError: other keys or types)."""
    with reading(path, f"give a template in TOML: {_SHAPE}"):
        text = read_capped(path, _MAX_BYTES).decode()
        try:
            return Template.model_validate(tomllib.loads(text))
        except ValidationError as error:
            raise UsageError(
                f"{path} is no template of a form", found=first_complaint(error), remedy=f"give {_SHAPE}"
            ) from None


def check_boxes(path: Path, template: Template, size: tuple[int, int]) -> None:
    """Refuse a box that is too small, or outside of the form of this width and height (raises UsageError)."""
    for name, (left, top, right, bottom) in template.boxes.items():
        if min(right - left, bottom - top) < _LEAST:
            raise UsageError(
                f"box {name} of {path} is empty or too small",
                found=f"{right - left} pixels wide, {bottom - top} high",
                remedy=f"give left, top, right, bottom in this order, at least {_LEAST} pixels apart",
            )
        if left < 0 or top < 0 or right > size[0] or bottom > size[1]:
            raise UsageError(
                f"box {name} of {path} lies outside of the form",
                found=f"{[left, top, right, bottom]} on a form of {size[0]}×{size[1]} pixels",
                remedy="give its sides in pixels of the picture of the empty form",
            )
