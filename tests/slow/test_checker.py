"""Mistakes in the structure of a deeper network, and in how it starts: each named first."""

from __future__ import annotations

from pathlib import Path

import pytest

from digitlab.checker.child import sample_of
from digitlab.checker.examine import check_file
from digitlab.checker.rules import OFF
from digitlab.data import synthetic
from digitlab.data.dataset import Split
from tests.checker.contract import GOOD, RIGHT
from tests.checker.mutants import mutants

PLANTED = {mutant.name: mutant.source for mutant in mutants((GOOD / "functional_api.py").read_text(), 0)}


@pytest.fixture(scope="module")
def sample() -> Split:
    return sample_of(synthetic.generate(seed=1, train=7_200, test=10))


@pytest.mark.parametrize("mistake", sorted(name for name in PLANTED if RIGHT[name] - OFF))
def test_a_mistake_is_named_first(mistake: str, sample: Split, tmp_path: Path) -> None:
    path = tmp_path / "my_model.py"
    path.write_text(PLANTED[mistake])
    assert check_file(str(path), sample, 10).findings[0].slug in RIGHT[mistake]
