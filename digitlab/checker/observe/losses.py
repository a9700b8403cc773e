"""Which loss a program computes, told from its values alone.

The loss of a few batches is compared with what it would be under each hypothesis.  A factor, a part that depends on the
weights only (regularizers) and label smoothing are allowed for: three numbers that are fitted to eight batches.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
Hypothesis = Literal[
    "right", "softmax-twice", "logits-as-probabilities", "numbers-as-weights", "arguments-swapped", "labels-shifted",
    "labels-misaligned",
]  # fmt: skip

TINY = 1e-7  # what Keras cuts probabilities off at
CLOSE = 2e-3  # of the spread between batches: how far a fit may be off
SUM_OFF = 2e-3  # rows of probabilities sum to one within this


@dataclass(frozen=True)
class Fit:
    """The hypothesis that explains the losses.

    Attributes:
        hypothesis: which.
        shift: by how much the labels are shifted, where they are.
        factor: of the mean cross-entropy.
        expected: the mean cross-entropy over all batches, if all were right.
        observed: the mean of the losses.
    """

    hypothesis: Hypothesis
    shift: int
    factor: float
    expected: float
    observed: float


def are_probabilities(rows: Rows) -> bool:
    """Whether no value is negative and each row sums to one."""
    return bool(np.isfinite(rows).all() and (rows > -1e-6).all() and np.abs(rows.sum(axis=-1) - 1).max() < SUM_OFF)


def explain(predictions: Sequence[Rows], labels: Sequence[NDArray[np.int64]], losses: Sequence[float]) -> Fit | None:
    """The first hypothesis that explains the losses of all batches; None: none does, or the losses do not differ.

    Args:
        predictions: of each batch [n, classes], as the model gave them in the step.
        labels: true class numbers of each batch [n].
        losses: what the step differentiated, for each batch.
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
        answers = [np.roll((y + shift) % classes, rolled) for y in labels]
        factor = _fits(rows, answers, values)
        if factor is not None:
            return Fit(hypothesis, shift or rolled, factor, expected, float(values.mean()))
    return _of_labels(predictions, labels, values, expected) if probabilities else None


def _of_labels(
    predictions: Sequence[Rows], labels: Sequence[NDArray[np.int64]], values: Rows, expected: float
) -> Fit | None:
    """Whether labels are weights of all classes, or in the place of the predictions."""
    pairs = list(zip(predictions, labels, strict=True))
    weighted = np.array([float(np.mean(y * -_log_probability(p).sum(axis=-1))) for p, y in pairs])
    swapped = np.array([-np.log(TINY) * float(np.mean(1 - p[np.arange(len(y)), y])) for p, y in pairs])
    hypotheses: list[tuple[Hypothesis, Rows]] = [("numbers-as-weights", weighted), ("arguments-swapped", swapped)]
    for hypothesis, wanted in hypotheses:
        if np.abs(values - wanted).max() < 10 * CLOSE * np.abs(wanted).max():
            return Fit(hypothesis, 0, 1.0, expected, float(values.mean()))
    return None


def _hypotheses(probabilities: bool, classes: int) -> Sequence[tuple[Hypothesis, Callable[[Rows], Rows], int, int]]:
    right = _log_probability if probabilities else _log_softmax
    wrong: list[tuple[Hypothesis, Callable[[Rows], Rows], int, int]] = [("right", right, 0, 0)]
    if probabilities:
        wrong += [("right", _log_uncut, 0, 0), ("softmax-twice", _log_softmax, 0, 0)]
    else:
        wrong += [("logits-as-probabilities", log, 0, 0) for log in (_log_normalised, _log_cut, _log_cut_shared)]
    wrong += [("labels-shifted", right, shift, 0) for shift in (1, classes - 1)]
    wrong += [("labels-misaligned", right, 0, rolled) for rolled in (1, -1)]
    return wrong


def _fits(rows: Sequence[Rows], labels: Sequence[NDArray[np.int64]], values: Rows) -> float | None:
    """The factor of the cross-entropy if factor · cross-entropy + smoothing · mean over classes + rest explains all."""
    entropy = np.array([_cross_entropy(row, y) for row, y in zip(rows, labels, strict=True)])
    uniform = np.array([-row.mean() for row in rows])
    if not np.isfinite(entropy).all() or np.ptp(entropy) < 1e-6:
        return None
    rest = np.ones_like(entropy)
    # Three numbers are fitted to eight losses only: to five, too much could be.
    for columns in ([entropy, rest], [entropy, uniform, rest])[: 2 if len(entropy) > 5 else 1]:
        matrix = np.stack(columns, axis=1)
        solution, *_ = np.linalg.lstsq(matrix, values, rcond=None)
        off = np.abs(matrix @ solution - values).max()
        smoothing = solution[1] / (solution[0] + solution[1]) if len(columns) == 3 else 0.0
        if (
            off < CLOSE * np.ptp(values)
            and solution[0] > 0
            and -0.01 <= smoothing < 0.6
            and solution[-1] > -0.05 * values.mean()
        ):
            return float(solution[0])
    return None


def _cross_entropy(log_rows: Rows, labels: NDArray[np.int64]) -> float:
    return float(-log_rows[np.arange(len(labels)), labels].mean())


def _log_probability(rows: Rows) -> Rows:
    return np.asarray(np.log(np.clip(rows / rows.sum(axis=-1, keepdims=True), TINY, 1 - TINY)))


def _log_uncut(rows: Rows) -> Rows:
    """What the logarithm is where a loss goes back to the logits behind probabilities, as Keras' does when it can."""
    return np.asarray(np.log(np.maximum(rows, 1e-38)))


def _log_softmax(rows: Rows) -> Rows:
    shifted = rows - rows.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def _log_normalised(rows: Rows) -> Rows:
    """What Keras makes of logits that it takes for probabilities."""
    total = rows.sum(axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(np.clip(rows / total, TINY, 1 - TINY)))


def _log_cut_shared(rows: Rows) -> Rows:
    """What Keras makes of logits that it takes for probabilities, where labels are class numbers."""
    return _log_softmax(_log_cut(rows))


def _log_cut(rows: Rows) -> Rows:
    return np.asarray(np.log(np.clip(rows, TINY, 1 - TINY)))


def cross_entropy(rows: Rows, labels: NDArray[np.int64]) -> float:
    """The mean cross-entropy of answers that are probabilities, or else logits."""
    return _cross_entropy(_log_probability(rows) if are_probabilities(rows) else _log_softmax(rows), labels)


def as_rows(tensor: Any) -> Rows:
    """A tensor as float64 rows."""
    return np.asarray(tensor, np.float64)
