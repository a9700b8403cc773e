"""The schemas of the answers of `/v1`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from digitlab.runtime.verdict import Status


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True)


class Problem(_Form):
    """An error: what is wrong, what arrived, what to do, and where in the request."""

    error: str
    field: str | None = None


class BundleName(_Form):
    """Which bundle answered."""

    name: str
    fingerprint: str


class TraceStep(_Form):
    """One step of the preprocessing."""

    name: str
    description: str


class PictureAnswer(_Form):
    """The answer for one picture."""

    name: str | None = None  # of the file, where a form gave one
    status: Status
    text: str  # "7 (98.2%)", "unsure: 4 or 9", "not a digit" or "none of these"
    label: str  # the most probable class
    probability: float  # of that class, calibrated
    probabilities: list[float]  # of all classes
    trace: list[TraceStep] | None = None
    image: str | None = None  # the input of the network, as PNG in base64


class Prediction(_Form):
    """The answers, in the order of the pictures."""

    bundle: BundleName
    pictures: list[PictureAnswer]


class FoundDigit(_Form):
    """One digit of a sheet."""

    box: tuple[int, int, int, int]  # left, top, right, bottom; the last two are exclusive
    label: str
    probability: float


class SheetReading(_Form):
    """All digits of a sheet, in reading order."""

    bundle: BundleName
    size: tuple[int, int]  # width and height of the picture that the boxes refer to; a large one is reduced
    text: str
    digits: list[FoundDigit]
