"""Ways of writing from continental Europe."""

from __future__ import annotations

import numpy as np
import pytest

import digitlab
from digitlab.synthetic.continental import CONTINENTAL
from digitlab.synthetic.digits import draw
from digitlab.synthetic.manner import Manner

# A 1 with a long flag and no foot is many a writer's 7: nobody can be asked to know it without its neighbours.
PLAIN = [manner for manner in CONTINENTAL if manner.digit != 1]


@pytest.mark.parametrize("manner", PLAIN, ids=lambda manner: f"{manner.digit}: {manner.strokes}")
def test_the_default_bundle_reads_them(manner: Manner) -> None:
    images = draw(manner, 200, np.random.default_rng(5))
    read = digitlab.load_model().predict(images).argmax(axis=1)
    assert (read == manner.digit).mean() >= 0.95
