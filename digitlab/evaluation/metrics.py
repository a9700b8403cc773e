"""Softmax, cross-entropy, and accuracy for each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from digitlab.evaluation.intervals import Interval, wilson_interval

# Keras clips probabilities by this much before it takes their logarithm; so do we.
EPSILON = 1e-7

Float = TypeVar("Float", np.float32, np.float64)


@dataclass(frozen=True)
class ClassScore:
    """How many of the `n` images of one class were recognised."""

    right: int
    n: int

    @property
    def accuracy(self) -> float:
        """The share recognised, NaN where the class has no image."""
        return self.right / self.n if self.n else float("nan")

    @property
    def interval(self) -> Interval:
        """Its 95% Wilson interval."""
        return wilson_interval(self.right, self.n)


def softmax(logits: NDArray[Float]) -> NDArray[Float]:
    """Probabilities of logits [N, classes], of the same type: each row becomes positive and sums to 1."""
    powers: NDArray[Float] = np.exp(logits - logits.max(axis=1, keepdims=True))  # the shift cancels; no overflow
    probabilities: NDArray[Float] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def cross_entropy(probabilities: NDArray[np.floating], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """−ln of the probability of the right class, float64 [N]; of probabilities [N, classes] and labels [N]."""
    given = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return -np.log(np.clip(given, EPSILON, 1 - EPSILON))


def confusion_matrix(predicted: NDArray[np.int64], labels: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Counts [classes, classes]: row the true class, column the predicted one."""
    return np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def class_scores(matrix: NDArray[np.int64]) -> list[ClassScore]:
    """The score of each class, from a confusion matrix."""
    return [ClassScore(int(row[label]), int(row.sum())) for label, row in enumerate(matrix)]
