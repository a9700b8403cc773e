"""Reading order: lines from the top, each from the left."""

from __future__ import annotations

import numpy as np

from digitlab.runtime.reader.pieces import Piece

_OVERLAP = 0.35  # of the lower of two neighbours in a line: so much of their heights they share


def in_lines(pieces: list[Piece]) -> list[list[Piece]]:
    """The pieces by lines, in order; a line may rise or fall: each piece is held against its neighbour."""
    lines: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.left):
        shares = [_shared(line[-1], piece) for line in lines]
        if shares and max(shares) >= _OVERLAP:
            lines[int(np.argmax(shares))].append(piece)
        else:
            lines.append([piece])
    return sorted(lines, key=lambda line: np.mean([piece.top + piece.bottom for piece in line]))


def _shared(left: Piece, right: Piece) -> float:
    """The share of the lower piece's height at which both stand."""
    both = min(left.bottom, right.bottom) - max(left.top, right.top)
    return both / min(left.height, right.height)
