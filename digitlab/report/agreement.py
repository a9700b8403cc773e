"""What a page shows of two networks on the same test images, gathered before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.data.dataset import Split
from digitlab.errors import DataError
from digitlab.evaluation.paired import Agreement
from digitlab.runs.run import Predictions

MOST_DIGITS = 24  # of each kind


@dataclass(frozen=True)
class Digit:
    """A test image with its wrong answers: of one network, or of both (once where they are the same)."""

    index: int
    label: int
    answers: tuple[int, ...]
    probabilities: tuple[float, ...]  # of the wrong answers, one for each network that was wrong


@dataclass(frozen=True)
class Kind:
    """The images that only the one network reads, or only the other, or neither."""

    name: str  # of the PNG file
    title: str
    caption: str  # whose answers are shown
    total: int
    digits: tuple[Digit, ...]


@dataclass(frozen=True)
class TwoAnswers:
    """Two networks, where they agree, and the images where they do not."""

    found: Agreement
    test: Split
    class_names: tuple[str, ...]
    kinds: tuple[Kind, ...]


def look(
    found: Agreement, answers: tuple[Predictions, Predictions], test: Split, class_names: tuple[str, ...]
) -> TwoAnswers:
    """Pick the images to show, those first on which a wrong network was surest.

    Args:
        found: what `digitlab.evaluation.paired` found in these answers.
        answers: of the first network and of the second.
        test: the images that they were given.
        class_names: of the data.

    Raises:
        DataError: the answers do not belong to these images.
    """
    for predictions, name in zip(answers, found.names, strict=True):
        if not np.array_equal(predictions.labels, test.labels):
            raise DataError(
                f"the stored answers of {name} do not belong to these test images",
                found=f"{len(predictions.labels):,} labels, which differ from those of the {len(test):,} test images",
                remedy="compare runs that were tested on the same data",
            )
    first, second = found.names
    kinds = (
        _kind("only-second", f"Only {second} reads", f"answer of {first}", found.only_second, answers[:1]),
        _kind("only-first", f"Only {first} reads", f"answer of {second}", found.only_first, answers[1:]),
        _kind("neither", "Neither reads", f"answers of {first} and of {second}", found.none, answers),
    )
    return TwoAnswers(found, test, class_names, kinds)


def _kind(name: str, title: str, caption: str, images: NDArray[np.int64], wrong: Sequence[Predictions]) -> Kind:
    """`wrong` are the networks that misread these images."""
    sureness = np.max([predictions.probabilities[images].max(axis=1) for predictions in wrong], axis=0)
    chosen = images[np.argsort(-sureness, kind="stable")[:MOST_DIGITS]]
    return Kind(name, title, caption, len(images), tuple(_digit(int(index), wrong) for index in chosen))


def _digit(index: int, wrong: Sequence[Predictions]) -> Digit:
    rows = [predictions.probabilities[index] for predictions in wrong]
    answers = tuple(dict.fromkeys(int(row.argmax()) for row in rows))
    return Digit(index, int(wrong[0].labels[index]), answers, tuple(float(row.max()) for row in rows))
