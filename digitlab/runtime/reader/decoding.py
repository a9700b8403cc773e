"""What the line network says at each place of a strip → the characters of the line."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitlab.preprocess.strip import ALPHABET, STEP

_DATE = re.compile(r"\d{1,4}(/\d{1,4}){1,2}")
_NARROW = 3  # places of a narrow digit


@dataclass(frozen=True)
class Character:
    """One character of a strip: where its middle is, in columns, and how likely it is."""

    text: str
    centre: float
    probability: float


def decode(probabilities: NDArray[np.float32]) -> list[Character]:
    """The characters of a line, from the left.

    Neighbouring answers that name the same character belong to one, as in CTC's greedy decoding.  So do different ones
    with nothing between them that take no more room than a narrow digit: the network was not sure which.

    Args:
        probabilities: float32 [places, 14].
    """
    best = probabilities.argmax(axis=1)
    ends = [*(np.flatnonzero(np.diff(best)) + 1).tolist(), len(best)]
    runs: list[tuple[int, int]] = []
    for start, end in pairwise([0, *ends]):
        if not best[start]:
            continue
        if runs and runs[-1][1] == start and end - runs[-1][0] <= _NARROW:
            start = runs.pop()[0]
        runs.append((start, end))
    return _without_odd_slashes([_character(probabilities[start:end], start) for start, end in runs])


def _without_odd_slashes(characters: list[Character]) -> list[Character]:
    """A slash where no date or fraction is written is a 1 that leans, as most people would say."""
    if _DATE.fullmatch("".join(character.text for character in characters)):
        return characters
    return [replace(character, text="1") if character.text == "/" else character for character in characters]


def _character(part: NDArray[np.float32], start: int) -> Character:
    label = int(part[:, 1:].sum(axis=0).argmax()) + 1
    weights = part[:, label]
    centre = float((weights * np.arange(len(part))).sum() / weights.sum()) + start
    return Character(ALPHABET[label - 1], STEP * (centre + 0.5), float(weights.max()))
