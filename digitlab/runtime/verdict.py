"""From logits to an answer: "7 (98.2%)", "unsure: 4 or 9", "not a digit", or "none of these".

Two thresholds decide, which were set when the bundle was written (`export.calibration`):

1. Strength, the margin of the highest logit over the mean of all.  Below `least_strength` the picture is rejected; in
   the digits domain a blank picture is rejected too.
2. The probability of the first class, calibrated by a temperature.  Below `least_probability` two classes are named.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from digitlab.data.named import DIGITS
from digitlab.evaluation.metrics import softmax

Status = Literal["digit", "unsure", "not-a-digit"]  # for programs; the same for all class names


class Calibration(BaseModel):
    """The temperature and the two thresholds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: float = Field(ge=0.01, le=1_000)  # divides the logits; the export tries 0.1 to 20
    least_strength: float = Field(allow_inf_nan=False)
    least_probability: float = Field(ge=0, le=1)


@dataclass(frozen=True)
class Verdict:
    """The answer for one picture."""

    status: Status
    label: str  # the likeliest class
    second: str  # the next
    probability: float  # of the likeliest, calibrated
    probabilities: tuple[float, ...]  # of all, calibrated
    none: str = "not a digit"  # the answer where it is rejected

    def rejected(self) -> Verdict:
        """The same numbers, rejected."""
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
    """The margin of the highest logit over the mean of all classes: float64 [N]."""
    wide = evidence.astype(np.float64)
    above: NDArray[np.float64] = wide.max(axis=1) - wide.mean(axis=1)
    return above


def calibrated(evidence: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    """Probabilities [N, classes] of logits divided by the temperature."""
    return softmax(evidence.astype(np.float64) / temperature)


def verdicts(evidence: NDArray[np.float32], classes: tuple[str, ...], calibration: Calibration) -> list[Verdict]:
    """The verdict on each row of logits float32 [N, classes]; one that is not finite is rejected."""
    is_finite = np.asarray(np.isfinite(evidence).all(axis=1))
    evidence = np.where(is_finite[:, None], evidence, np.float32(0))
    probabilities = calibrated(evidence, calibration.temperature)
    answers = [
        _verdict(row, margin, classes, calibration)
        for row, margin in zip(probabilities, strength(evidence), strict=True)
    ]
    return [answer if fine else answer.rejected() for answer, fine in zip(answers, is_finite, strict=True)]


def _verdict(row: NDArray[np.float64], margin: float, classes: tuple[str, ...], calibration: Calibration) -> Verdict:
    first, second = (int(place) for place in np.argsort(-row, kind="stable")[:2])
    status: Status = "digit"
    if margin < calibration.least_strength:
        status = "not-a-digit"
    elif row[first] < calibration.least_probability:
        status = "unsure"
    none = "not a digit" if set(classes) <= set(DIGITS) else "none of these"
    return Verdict(status, classes[first], classes[second], float(row[first]), tuple(row.tolist()), none)
