"""Every correct program trains as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from digitlab.checker.child import sample_of
from digitlab.data import synthetic
from digitlab.data.dataset import Split
from tests.programs.agreement import GOOD, agreement, loaded, written


@pytest.fixture(scope="module")
def sample() -> Split:
    return sample_of(synthetic.generate(seed=1, train=7_200, test=10))


@pytest.mark.parametrize("name", sorted(path.stem for path in GOOD.glob("*.py")))
def test_a_program_trains_as_written(name: str, sample: Split, tmp_path: Path) -> None:
    program, user = loaded(written(name, tmp_path), sample)
    found = agreement(program, user, sample)
    assert found.apart < 1e-4
    assert found.moved > 1e-3
