"""The misclassified images, most confident first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Mistake:
    """One misclassified image."""

    index: int
    label: int
    predicted: int
    probability: float  # of the wrong answer


def worst_mistakes(probabilities: NDArray[np.float32], labels: NDArray[np.int64], most: int) -> list[Mistake]:
    """At most `most` wrong answers, most confident first; of probabilities [N, classes] and labels [N]."""
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    confidence = probabilities[wrong, predicted[wrong]]
    chosen = wrong[np.argsort(-confidence, kind="stable")[:most]]
    return [Mistake(int(i), int(labels[i]), int(predicted[i]), float(probabilities[i, predicted[i]])) for i in chosen]
