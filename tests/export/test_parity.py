from __future__ import annotations

import numpy as np
import pytest

from digitlab.errors import ExportError
from digitlab.export.parity import Parity

WANTED = np.array([[0.7, 0.3], [0.50005, 0.49995]], np.float32)


def test_equal_answers_and_near_ties_agree() -> None:
    Parity.of(WANTED, WANTED).refuse("ONNX")
    Parity.of(WANTED, np.array([[0.7, 0.3], [0.50002, 0.49998]], np.float32)).refuse("ONNX")
    assert Parity.of(WANTED, WANTED[:, ::-1]).other_labels == 1  # the near tie may turn


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (WANTED + np.float32(0.001), "probabilities up to 0.001 apart, 0 other labels of 2 images"),
        (WANTED * np.float32(np.nan), "probabilities up to nan apart"),
    ],
)
def test_others_are_refused(given: np.ndarray, found: str) -> None:
    with pytest.raises(ExportError) as caught:
        Parity.of(WANTED, given).refuse("ONNX")
    assert str(caught.value).startswith(f"the ONNX export gives other answers than the model\n  found: {found}")
    assert caught.value.remedy == "at most 0.0001 apart is allowed; use other layers, or another --format"
    assert caught.value.exit_code == 1
