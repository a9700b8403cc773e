"""Digits that touch, parted where the network reads the parts more surely than the whole."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from digitlab.runtime.reader.pieces import Piece

_WIDE = 0.95  # width of a piece in heights: what is narrower is one digit
_MOST_PARTS = 4
_LEAST_WIDTH = 4  # columns of a part: in a picture of noise, pieces are a few pixels wide
_USUAL_WIDTH = 1.3  # in heights: hardly a digit is wider
# In logarithms of probability, of each height beyond this, and of each cut: halves of a 0 read well, too.
_WIDTH_COST, _CUT_COST = 4.0, 0.5
_SEARCH = 0.25  # of a part's width, to either side of where the cut would be if all parts were alike

Classify = Callable[[list[Piece]], NDArray[np.float32]]


def split_touching(pieces: list[Piece], classify: Classify) -> list[Piece]:
    """The pieces, the wide ones in parts where that reads better.

    Args:
        pieces: of a sheet.
        classify: pieces → probabilities [pieces, classes].
    """
    chosen: list[Piece] = []
    for piece in pieces:
        if piece.width < _WIDE * piece.height:
            chosen.append(piece)
        else:
            ways: list[list[Piece]] = [[piece], *(cut(piece, parts) for parts in range(2, _parts(piece) + 1))]
            sureness = [_sureness(way, classify) for way in ways]
            chosen.extend(ways[int(np.argmax(sureness))])
    return chosen


def _parts(piece: Piece) -> int:
    """How many digits the piece may hold: none is narrower than half its height, but for a 1."""
    return min(_MOST_PARTS, max(2, round(2 * piece.width / piece.height)), piece.width // _LEAST_WIDTH)


def cut(piece: Piece, parts: int) -> list[Piece]:
    """The piece cut from top to bottom where there is least ink, near where alike parts would end."""
    width = piece.width / parts
    ink = piece.ink.sum(axis=0)
    places = [0]
    for number in range(1, parts):
        low, high = (round((number + off) * width) for off in (-_SEARCH, _SEARCH))
        low = max(low, places[-1] + 1)
        high = max(high, low + 1)
        places.append(low + int(np.argmin(ink[low:high])))
    places.append(piece.width)
    parts_with_ink = [ends for ends in itertools.pairwise(places) if piece.ink[:, slice(*ends)].any()]
    return [_part(piece, *ends) for ends in parts_with_ink]


def _part(piece: Piece, start: int, end: int) -> Piece:
    ink = piece.ink[:, start:end]
    rows = np.flatnonzero(ink.any(axis=1))
    return Piece(piece.top + int(rows[0]), piece.left + start, ink[rows[0] : rows[-1] + 1])


def _sureness(way: list[Piece], classify: Classify) -> float:
    """The logarithm of the probability that all parts are read rightly, less for wide parts and for each cut."""
    probability = np.log(classify(way).max(axis=1) + 1e-9)
    wide = sum(max(0.0, piece.width / piece.height - _USUAL_WIDTH) for piece in way)
    return float(probability.sum()) - _WIDTH_COST * wide - _CUT_COST * (len(way) - 1)
