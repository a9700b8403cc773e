from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

import digitlab
from digitlab.data.dataset import Dataset
from digitlab.errors import RunError
from digitlab.experiments.pair import compare_runs
from digitlab.runs.directory import RunDirectory


def train(data: Dataset, out: Path, spec: str = "softmax", **options: Any) -> digitlab.Run:
    return digitlab.train(spec, data, out=out, report=False, listeners=(), **{"epochs": 2, **options})


def test_two_networks_are_compared_by_their_stored_answers(digits: Dataset, tmp_path: Path) -> None:
    first, second = train(digits, tmp_path), train(digits, tmp_path, "mlp:32", epochs=8)
    result = compare_runs(first.path, second.path, digits, out=tmp_path)
    right = [
        (stored := RunDirectory(run.path).predictions).probabilities.argmax(axis=1) == stored.labels
        for run in (first, second)
    ]
    found = result.agreement
    assert np.array_equal(found.only_second, np.flatnonzero(right[1] & ~right[0]))
    discordant = (right[0] != right[1]).sum()
    assert found.p_value == pytest.approx(binomtest(len(found.only_first), discordant).pvalue)
    assert "these two networks" in found.sentence
    assert (result.path / "report.html").is_file()


def test_runs_on_different_data_are_refused(digits: Dataset, tmp_path: Path) -> None:
    other = Dataset("other", digits.train.take(np.arange(300)), digits.test, digits.class_names)
    first, second = train(digits, tmp_path), train(other, tmp_path)
    with pytest.raises(RunError, match=r"the two runs had different data\n  found: synthetic \(\w{12}…\) and other"):
        compare_runs(first.path, second.path, digits)


def test_runs_with_test_parts_of_their_own_seed_are_refused(digits: Dataset, tmp_path: Path) -> None:
    whole = Dataset("whole", digits.train, None, digits.class_names)
    first, second = train(whole, tmp_path, seed=1), train(whole, tmp_path, seed=2)
    with pytest.raises(
        RunError, match=r"tested on other images\n  found: the test part was drawn with seed 1 and"
    ) as caught:
        compare_runs(first.path, second.path, whole)
    assert caught.value.remedy == "compare runs of the same seed, or give the data a test part of its own"


def test_a_run_without_answers_is_refused(digits: Dataset, tmp_path: Path) -> None:
    first = train(digits, tmp_path)
    second = digitlab.train("softmax", digits, out=tmp_path, epochs=1, test=False, listeners=())
    with pytest.raises(RunError, match=r"has no predictions\.npz"):
        compare_runs(first.path, second.path, digits)
