"""Whether a picture that is no digit shows several."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import TooLargeError
from digitlab.preprocess.settings import Plain, Preprocessing
from digitlab.runtime.annotate import MIN_SURE
from digitlab.runtime.reader.network import line_network
from digitlab.runtime.reader.reading import read
from digitlab.runtime.verdict import Verdict


def with_several(verdict: Verdict, settings: Preprocessing, picture: NDArray[np.generic]) -> Verdict:
    """The verdict; of a rejected picture with two sure digits or more it says so, instead of "not a digit"."""
    several = verdict.status == "not-a-digit" and several_digits(settings, picture)
    return replace(verdict, none="several digits: use --text") if several else verdict


def several_digits(settings: Preprocessing, picture: NDArray[np.generic]) -> str:
    """The digits of a picture [H, W], line by line, where at least two are sure; else, and for other classes, ""."""
    if isinstance(settings, Plain):
        return ""
    try:
        reading = read(picture, line_network())
    except TooLargeError:  # more marks than digits would be
        return ""
    sure = sum(digit.probability >= MIN_SURE for line in reading.lines for digit in line)
    return reading.text if sure > 1 else ""
