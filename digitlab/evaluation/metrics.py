"""What a set of predictions is worth: accuracy, loss, which class is taken for which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.evaluation.intervals import Interval, wilson_interval

# Keras keeps probabilities away from 0 and 1 by this much before it takes their logarithm; so do we.
EPSILON = 1e-7


@dataclass(frozen=True)
class ClassScore:
    """How often images of one class were recognised."""

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


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of logits: each row of [N, classes] becomes positive and sums to 1."""
    shifted = logits - logits.max(axis=1, keepdims=True)  # changes nothing but avoids overflow
    powers: NDArray[np.float32] = np.exp(shifted)
    probabilities: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def cross_entropy(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """−ln of the probability given to the right class, for each image.

    Args:
        probabilities: [N, classes], rows that sum to 1.
        labels: [N].

    Returns:
        [N].
    """
    given = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return -np.log(np.clip(given, EPSILON, 1 - EPSILON))


def confusion_matrix(predicted: NDArray[np.int64], labels: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Counts [classes, classes]: row the true class, column the predicted one."""
    return np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def class_scores(matrix: NDArray[np.int64]) -> list[ClassScore]:
    """For each class, from a confusion matrix, how many of how many were recognised."""
    return [ClassScore(int(row[label]), int(row.sum())) for label, row in enumerate(matrix)]
