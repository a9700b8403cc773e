from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import digitlab
from digitlab.data.dataset import Split
from digitlab.runtime.predictor import Predictor
from tests.serve.running import Service, serving


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """Two models, `softmax` and `mlp-128`; for tests that leave it as it is."""
    with serving("softmax", "mlp:128") as running:
        yield running


@pytest.fixture(scope="session")
def predictor() -> Predictor:
    """What `softmax` answers without HTTP."""
    return digitlab.load_model("softmax")


@pytest.fixture(scope="session")
def images(held_out: Split) -> np.ndarray:
    """200 digits, uint8 [200, 28, 28]."""
    return held_out.images
