"""What may be a single digit, or none, is put to the network that reads single digits."""

from __future__ import annotations

import functools

from digitlab.runtime.places import DEFAULT
from digitlab.runtime.predictor import Predictor, load_model
from digitlab.runtime.reader.reading import FoundDigit, Reading

# Probability from which several found digits are parts of one.  Seven development pictures of a single digit were read
# in parts or not at all, all above 98%; of three rows that `predict` takes for a digit, two
# have 94%, and the third is read with certainty.
_CLEAR = 0.95


def checked(reading: Reading) -> Reading:
    """The reading, or what `predict` says where that knows better.

    A picture in which the line reader found at most one digit, or a few that are not sure, holds the digit that
    `predict` sees in it.  One found digit that `predict` calls no digit is left out: most such pictures show a letter.
    """
    if reading.single is None:
        return reading
    image, box = reading.single
    (verdict,) = _single_digits().verdicts(image[None])
    found = sum(map(len, reading.lines))
    if verdict.status == "digit" and (found <= 1 or verdict.probability >= _CLEAR):
        return Reading(((FoundDigit(box, int(verdict.label), verdict.probability),),))
    if verdict.status == "not-a-digit" and found == 1:
        return Reading(())
    return reading


@functools.cache
def _single_digits() -> Predictor:
    return load_model(DEFAULT, threads=1)
