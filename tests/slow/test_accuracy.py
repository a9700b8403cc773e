"""The accuracy that the lab promises, on real MNIST."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

import digitlab
from digitlab.data.dataset import Dataset
from digitlab.data.inspection import check


def accuracies(recipe: str, data: Dataset, out: Path, seeds: int) -> list[float]:
    """Of the test part, one for each seed."""
    runs = [digitlab.train(recipe, data, out=out, seed=seed, report=False, listeners=()) for seed in range(seeds)]
    return [run.result.test_accuracy for run in runs if run.result]


def test_softmax_regression_reads_92_percent(mnist: Dataset, tmp_path: Path) -> None:
    seen = accuracies("softmax", mnist, tmp_path, seeds=5)
    assert 0.917 <= min(seen) <= max(seen) <= 0.925


def test_one_epoch_of_fast_reads_99_percent(mnist: Dataset, tmp_path: Path) -> None:
    assert statistics.mean(accuracies("fast", mnist, tmp_path, seeds=3)) >= 0.990


@pytest.mark.timeout(900)
def test_accurate_reads_99_and_a_half_percent(mnist: Dataset, tmp_path: Path) -> None:
    assert accuracies("accurate", mnist, tmp_path, seeds=1)[0] >= 0.995


def test_mnist_itself_raises_no_alarm(mnist: Dataset) -> None:
    assert {finding.severity for finding in check(mnist)} <= {"hint"}
