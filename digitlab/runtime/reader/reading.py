"""From a picture with several digits to the text that they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import UsageError
from digitlab.images.picture import as_picture
from digitlab.preprocess.pipeline import framed
from digitlab.preprocess.settings import ALL_STEPS, Plain, Preprocessing
from digitlab.runtime.reader.lines import in_lines
from digitlab.runtime.reader.pieces import Piece, find_pieces
from digitlab.runtime.reader.sheet import sheet_ink
from digitlab.runtime.reader.splitting import split_touching

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]  # images [N, 28, 28] → probabilities [N, classes]


@dataclass(frozen=True)
class FoundDigit:
    """One digit of a sheet."""

    box: tuple[int, int, int, int]  # left, top, right, bottom in pixels of the picture; the last two lie outside
    label: int
    probability: float


@dataclass(frozen=True)
class Reading:
    """All digits of a sheet, line by line from the top, each line from the left."""

    lines: tuple[tuple[FoundDigit, ...], ...]

    @property
    def text(self) -> str:
        """The digits, a line of text for each of theirs."""
        return "\n".join("".join(str(digit.label) for digit in line) for line in self.lines)


def read(picture: NDArray[np.generic], predict: Predict, settings: Preprocessing = ALL_STEPS) -> Reading:
    """Find the digits of a picture and read them.

    Args:
        picture: grey, [H, W], as `open_picture` returns it or as uint8.
        predict: a network.
        settings: how the network wants a digit prepared.

    Raises:
        UsageError: an array that is no grey picture, or a network that does not read digits in MNIST's frame.
    """
    if isinstance(settings, Plain):
        raise UsageError(
            "only a model of digits in MNIST's frame reads several of them in one picture",
            found=f"a model that takes pictures as they come, {settings.image}",
            remedy="cut the picture into one for each thing that it shows, and give those to digitlab predict",
        )

    def classify(pieces: list[Piece]) -> NDArray[np.float32]:
        return predict(np.stack([framed(piece.ink, settings) for piece in pieces]))

    pieces = find_pieces(sheet_ink(as_picture(picture)))
    if not pieces:
        return Reading(())
    lines = in_lines(split_touching(pieces, classify))
    answers = iter(classify([piece for line in lines for piece in line]))
    return Reading(tuple(tuple(_found(piece, next(answers)) for piece in line) for line in lines))


def _found(piece: Piece, probabilities: NDArray[np.float32]) -> FoundDigit:
    label = int(probabilities.argmax())
    return FoundDigit((piece.left, piece.top, piece.right, piece.bottom), label, float(probabilities[label]))
