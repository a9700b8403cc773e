from __future__ import annotations

import math

import keras
import numpy as np
import pytest

from digitlab.evaluation.metrics import class_scores, confusion_matrix, cross_entropy

LABELS = np.array([0, 0, 1, 2, 2, 2])
PREDICTED = np.array([0, 1, 1, 2, 0, 2])


def test_cross_entropy_equals_keras() -> None:
    probabilities = np.random.default_rng(0).dirichlet(np.ones(3), 6).astype(np.float32)
    expected = keras.losses.sparse_categorical_crossentropy(LABELS, probabilities)
    np.testing.assert_allclose(cross_entropy(probabilities, LABELS), np.asarray(expected), atol=1e-5)


def test_a_wrong_answer_that_was_certain_costs_a_finite_amount() -> None:
    assert math.isfinite(cross_entropy(np.array([[1, 0]], np.float32), np.array([1]))[0])


def test_confusion_matrix_has_the_truth_in_rows() -> None:
    assert confusion_matrix(PREDICTED, LABELS, 3).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 2]]


def test_class_scores_come_from_the_rows() -> None:
    scores = class_scores(confusion_matrix(PREDICTED, LABELS, 4))
    assert [(score.right, score.n) for score in scores] == [(1, 2), (1, 1), (2, 3), (0, 0)]
    assert scores[2].accuracy == pytest.approx(2 / 3)
    assert math.isnan(scores[3].accuracy)
    assert scores[3].interval == (0, 1)
