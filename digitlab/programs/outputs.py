"""What a model's outputs are, and what a loss expects."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

MAX_SUM_ERROR = 2e-3  # by which a row of probabilities may miss a sum of one, also in bfloat16


def are_probabilities(rows: NDArray[Any]) -> bool:
    """Whether no value of [N, classes] is negative and each row sums to one."""
    sums = rows.sum(axis=-1)
    return bool(np.isfinite(rows).all() and (rows > -1e-6).all() and np.abs(sums - 1).max() < MAX_SUM_ERROR)


def gives_logits(loss: Any, outputs: Any) -> bool:
    """Whether outputs [N, classes] are logits: as the loss says, else by their values."""
    logits = loss.get_config().get("from_logits") if isinstance(loss, keras.losses.Loss) else None
    return bool(logits) if logits is not None else not are_probabilities(np.asarray(outputs, np.float64))


def wants_class_numbers(loss: Any) -> bool:
    """Whether a Keras loss takes class numbers, not one-hot rows, by its name."""
    return "sparse" in f"{type(loss).__name__} {getattr(loss, '__name__', '')}".lower()
