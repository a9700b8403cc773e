"""Finds pictures again, whatever their scale, offset or polarity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def best_matches(rows: NDArray[Any], known: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each of `rows` [n, pixels] the index of the most similar of `known` [m, pixels], and their correlation.

    The correlation of the pixels is -1 to 1; the largest in size counts, so that a negative is found, too.
    """
    found = _standardised(rows) @ _standardised(known).T
    best = np.abs(found).argmax(axis=1)
    return best, np.asarray(found[np.arange(len(rows)), best], np.float64)


def _standardised(rows: NDArray[Any]) -> NDArray[np.float32]:
    values = np.asarray(rows, np.float32)
    centred = values - values.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9))
