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
    if verdict.status != "not-a-digit" or isinstance(settings, Plain):
        return verdict
    try:
        lines = read(picture, line_network()).lines
    except TooLargeError:  # more marks than digits would be
        return verdict
    sure = sum(digit.probability >= MIN_SURE for line in lines for digit in line)
    return replace(verdict, none="several digits: use --text") if sure > 1 else verdict
