"""The accuracy that the lab promises, on real MNIST."""

from __future__ import annotations

from pathlib import Path

import digitlab
from digitlab.data.dataset import Dataset
from digitlab.data.inspection import check

SEEDS = 5


def test_softmax_regression_reads_92_percent(mnist: Dataset, tmp_path: Path) -> None:
    accuracies = []
    for seed in range(SEEDS):
        run = digitlab.train("softmax", mnist, out=tmp_path, seed=seed, listeners=())
        assert run.result is not None
        accuracies.append(run.result.test_accuracy)
    assert 0.917 <= min(accuracies) <= max(accuracies) <= 0.925


def test_mnist_itself_raises_no_alarm(mnist: Dataset) -> None:
    assert {finding.severity for finding in check(mnist)} <= {"hint"}
