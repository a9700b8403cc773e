"""Which loss a program computes, found from its values alone.

The losses of a few batches are compared with what they would be under each hypothesis.  A factor, a part that depends
on the weights only (regularizers) and label smoothing are allowed for: three numbers, fitted to eight batches.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from digitlab.programs.outputs import are_probabilities

Rows = NDArray[np.float64]
Hypothesis = Literal[
    "right", "softmax-twice", "logits-as-probabilities", "numbers-as-weights", "arguments-swapped", "labels-shifted",
    "labels-misaligned",
]  # fmt: skip

KERAS_EPSILON = 1e-7  # Keras clips probabilities to [1e-7, 1 - 1e-7]
SMALLEST_FLOAT32 = 1e-38
# Empirical; the contract (tests/checker) holds the checker to them.
MAX_ERROR = 2e-3  # of a fit, as a share of the spread between batches
MAX_SMOOTHING = 0.6  # label smoothing above it would be another loss
MIN_REST = -0.05  # of the mean loss: a regularizer is not negative
MIN_BATCHES_FOR_SMOOTHING = 6  # three numbers fitted to five losses would explain too much


@dataclass(frozen=True)
class LossMatch:
    """The hypothesis that explains the losses."""

    hypothesis: Hypothesis  # which
    shift: int  # by how much the labels are shifted, where they are
    factor: float  # of the mean cross-entropy
    expected: float  # the mean cross-entropy over all batches if the program were right
    observed: float  # the mean of the losses


def logits_of(rows: Rows) -> Rows:
    """The logits behind predictions: the logarithms of probabilities, other rows as they are."""
    return np.asarray(np.log(np.clip(rows, 1e-12, None))) if are_probabilities(rows) else rows


def explain(
    predictions: Sequence[Rows], labels: Sequence[NDArray[np.int64]], losses: Sequence[float]
) -> LossMatch | None:
    """The first hypothesis that explains the losses of all batches; None: none does, or the losses do not differ.

    Args:
        predictions: of each batch [n, classes], as the model gave them in the step.
        labels: true class numbers of each batch [n].
        losses: what the step differentiated, one for each batch.
    """
    values = np.array(losses, np.float64)
    if not np.isfinite(values).all() or np.ptp(values) < 1e-6 * max(1.0, np.abs(values).mean()):
        return None
    probabilities = all(are_probabilities(rows) for rows in predictions)
    classes = predictions[0].shape[-1]
    right = _log_probability if probabilities else _log_softmax
    expected = float(np.mean([_cross_entropy(right(p), y) for p, y in zip(predictions, labels, strict=True)]))
    for hypothesis, log, shift, rolled in _hypotheses(probabilities, classes):
        rows = [log(one) for one in predictions]
        shifted = [np.roll((y + shift) % classes, rolled) for y in labels]
        factor = _factor(rows, shifted, values)
        if factor is not None:
            return LossMatch(hypothesis, shift or rolled, factor, expected, float(values.mean()))
    return _explain_by_labels(predictions, labels, values, expected) if probabilities else None


def _explain_by_labels(
    predictions: Sequence[Rows], labels: Sequence[NDArray[np.int64]], values: Rows, expected: float
) -> LossMatch | None:
    """Whether class numbers weight the logarithms, or labels and predictions are swapped."""
    pairs = list(zip(predictions, labels, strict=True))
    weighted = np.array([float(np.mean(y * -_log_probability(p).sum(axis=-1))) for p, y in pairs])
    swapped = np.array([-np.log(KERAS_EPSILON) * float(np.mean(1 - p[np.arange(len(y)), y])) for p, y in pairs])
    hypotheses: list[tuple[Hypothesis, Rows]] = [("numbers-as-weights", weighted), ("arguments-swapped", swapped)]
    for hypothesis, wanted in hypotheses:
        if np.abs(values - wanted).max() < 10 * MAX_ERROR * np.abs(wanted).max():
            return LossMatch(hypothesis, 0, 1.0, expected, float(values.mean()))
    return None


def _hypotheses(probabilities: bool, classes: int) -> Sequence[tuple[Hypothesis, Callable[[Rows], Rows], int, int]]:
    """(hypothesis, predictions → logarithms, shift of the class, shift within the batch)."""
    right = _log_probability if probabilities else _log_softmax
    found: list[tuple[Hypothesis, Callable[[Rows], Rows], int, int]] = [("right", right, 0, 0)]
    if probabilities:
        # Keras goes back to the logits behind probabilities when it can, and clips nothing.
        found += [("right", _log_unclipped, 0, 0), ("softmax-twice", _log_softmax, 0, 0)]
    else:
        # Keras normalises what it takes for probabilities where labels are one-hot, and for class numbers applies a
        # softmax to the clipped logarithms; a loss written by hand only clips.
        logs = (_log_normalised, _log_clipped, lambda rows: _log_softmax(_log_clipped(rows)))
        found += [("logits-as-probabilities", log, 0, 0) for log in logs]
    found += [("labels-shifted", right, shift, 0) for shift in (1, classes - 1)]
    found += [("labels-misaligned", right, 0, rolled) for rolled in (1, -1)]
    return found


def _factor(rows: Sequence[Rows], labels: Sequence[NDArray[np.int64]], values: Rows) -> float | None:
    """The factor if factor · cross-entropy + smoothing · mean over classes + rest explains all values."""
    entropy = np.array([_cross_entropy(row, y) for row, y in zip(rows, labels, strict=True)])
    uniform = np.array([-row.mean() for row in rows])
    if not np.isfinite(entropy).all() or np.ptp(entropy) < 1e-6:
        return None
    rest = np.ones_like(entropy)
    for columns in ([entropy, rest], [entropy, uniform, rest])[: 2 if len(entropy) >= MIN_BATCHES_FOR_SMOOTHING else 1]:
        matrix = np.stack(columns, axis=1)
        solution, *_ = np.linalg.lstsq(matrix, values, rcond=None)
        error = np.abs(matrix @ solution - values).max()
        smoothing = solution[1] / (solution[0] + solution[1]) if len(columns) == 3 else 0.0
        if (
            error < MAX_ERROR * np.ptp(values)
            and solution[0] > 0
            and -0.01 <= smoothing < MAX_SMOOTHING
            and solution[-1] > MIN_REST * values.mean()
        ):
            return float(solution[0])
    return None


def cross_entropy(rows: Rows, labels: NDArray[np.int64]) -> float:
    """The mean cross-entropy of predictions that are probabilities, or else logits."""
    return _cross_entropy(_log_probability(rows) if are_probabilities(rows) else _log_softmax(rows), labels)


def _cross_entropy(log_rows: Rows, labels: NDArray[np.int64]) -> float:
    return float(-log_rows[np.arange(len(labels)), labels].mean())


def _log_clipped(rows: Rows) -> Rows:
    return np.asarray(np.log(np.clip(rows, KERAS_EPSILON, 1 - KERAS_EPSILON)))


def _log_probability(rows: Rows) -> Rows:
    return _log_clipped(rows / rows.sum(axis=-1, keepdims=True))


def _log_normalised(rows: Rows) -> Rows:
    with np.errstate(divide="ignore", invalid="ignore"):
        return _log_probability(rows)


def _log_unclipped(rows: Rows) -> Rows:
    return np.asarray(np.log(np.maximum(rows, SMALLEST_FLOAT32)))


def _log_softmax(rows: Rows) -> Rows:
    shifted = rows - rows.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def as_rows(tensor: Any) -> Rows:
    """A tensor as a float64 array."""
    return np.asarray(tensor, np.float64)
