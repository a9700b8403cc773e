"""The images that a model got wrong, the most confident mistake first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Mistake:
    """One image that was taken for another class."""

    index: int
    label: int
    predicted: int
    probability: float  # that the model gave to its wrong answer


def worst_mistakes(probabilities: NDArray[np.float32], labels: NDArray[np.int64], most: int) -> list[Mistake]:
    """The `most` wrong answers that the model was surest of, surest first.

    Args:
        probabilities: [N, classes].
        labels: [N].
        most: how many at the most.
    """
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    sureness = probabilities[wrong, predicted[wrong]]
    chosen = wrong[np.argsort(-sureness, kind="stable")[:most]]
    return [Mistake(int(i), int(labels[i]), int(predicted[i]), float(probabilities[i, predicted[i]])) for i in chosen]
