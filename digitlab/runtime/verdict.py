"""From the numbers of a model to what is said: «7 (98.2%)», «unsure: 4 or 9», «not a digit», or «none of these».

The rule has two steps, each with a threshold that was set when the bundle was written (`evaluation.calibration`):

1. The *strength* of an answer, how far the highest evidence stands above the mean of all, tells how much in the
   picture speaks for one class at all.  Below `least_strength` it is none of the classes.  Where digits are read, a
   blank picture is none either.
2. Else the probability of the first class, calibrated by the temperature, decides: below `least_probability` two
   classes are named.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from digitlab.data.named import DIGITS
from digitlab.evaluation.metrics import softmax

Status = Literal["digit", "unsure", "not-a-digit"]  # the same names whatever the classes are, for programs


class Calibration(BaseModel):
    """What turns a model's numbers into what is said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: float = Field(ge=0.01, le=1_000)  # evidence is divided by it; the export tries 0.1 to 20
    least_strength: float = Field(allow_inf_nan=False)
    least_probability: float = Field(ge=0, le=1)


@dataclass(frozen=True)
class Verdict:
    """The answer to one picture."""

    status: Status
    label: str  # the likeliest class
    second: str  # the next
    probability: float  # of the likeliest, calibrated
    probabilities: tuple[float, ...]  # of all, calibrated
    none: str = "not a digit"  # what is said where it is none of the classes

    def rejected(self) -> Verdict:
        """The same numbers, but none of the classes."""
        return replace(self, status="not-a-digit")

    @property
    def short(self) -> str:
        """The answer without its probability."""
        if self.status == "not-a-digit":
            return self.none
        if self.status == "unsure":
            return f"unsure: {' or '.join(sorted((self.label, self.second)))}"
        return self.label

    def __str__(self) -> str:
        return f"{self.label} ({self.probability:.1%})" if self.status == "digit" else self.short


def strength(evidence: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far the highest evidence stands above the mean of all classes: float64 [N]."""
    wide = evidence.astype(np.float64)
    above: NDArray[np.float64] = wide.max(axis=1) - wide.mean(axis=1)
    return above


def calibrated(evidence: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    """Probabilities [N, classes] of evidence that is divided by the temperature."""
    return softmax(evidence.astype(np.float64) / temperature)


def verdicts(evidence: NDArray[np.float32], classes: tuple[str, ...], calibration: Calibration) -> list[Verdict]:
    """What is said about each row of evidence float32 [N, classes]; one with what is no number counts as none."""
    is_number = np.asarray(np.isfinite(evidence).all(axis=1))
    evidence = np.where(is_number[:, None], evidence, np.float32(0))
    probabilities = calibrated(evidence, calibration.temperature)
    answers = [
        _verdict(row, classes, calibration, power) for row, power in zip(probabilities, strength(evidence), strict=True)
    ]
    return [answer if fine else answer.rejected() for answer, fine in zip(answers, is_number, strict=True)]


def _verdict(row: NDArray[np.float64], classes: tuple[str, ...], calibration: Calibration, power: float) -> Verdict:
    first, second = (int(place) for place in np.argsort(-row, kind="stable")[:2])
    status: Status = "digit"
    if power < calibration.least_strength:
        status = "not-a-digit"
    elif row[first] < calibration.least_probability:
        status = "unsure"
    none = "not a digit" if set(classes) <= set(DIGITS) else "none of these"
    return Verdict(status, classes[first], classes[second], float(row[first]), tuple(row.tolist()), none)
