from __future__ import annotations

import pytest

from digitlab.checker.child import sample_of
from digitlab.data import synthetic
from digitlab.data.dataset import Split


@pytest.fixture(scope="session")
def sample() -> Split:
    """As many drawn digits as a check takes."""
    return sample_of(synthetic.generate(seed=1, train=7_200, test=10))
