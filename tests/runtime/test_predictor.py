from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import digitlab
from digitlab.errors import UsageError
from digitlab.runtime import network


def test_it_is_the_formula(folder: Path, kernel: NDArray[np.float64], digits_pictures: NDArray[np.uint8]) -> None:
    images = digits_pictures[50:60]
    evidence = images.reshape(-1, 784) / 255 @ kernel
    expected = np.exp(evidence) / np.exp(evidence).sum(axis=1, keepdims=True)
    model = digitlab.load_model(folder)
    np.testing.assert_allclose(model.predict(images), expected, atol=1e-5)
    np.testing.assert_allclose(model.evidence(images), evidence, atol=1e-4)


def test_many_images_are_answered_in_parts(
    folder: Path, digits_pictures: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = digitlab.load_model(folder)
    whole = model.predict(digits_pictures)
    monkeypatch.setattr(network, "BATCH", 7)
    np.testing.assert_allclose(model.predict(digits_pictures), whole, atol=1e-6)
    assert model.predict(digits_pictures[:0]).shape == (0, 10)


@pytest.mark.parametrize(
    ("images", "found"),
    [
        (np.zeros((28, 28), np.uint8), "uint8 [28, 28]"),
        (np.zeros((2, 28, 28)), "float64 [2, 28, 28]"),
        ([[0]], "list"),
    ],
)
def test_other_images_are_refused(folder: Path, images: Any, found: str) -> None:
    with pytest.raises(UsageError) as caught:
        digitlab.load_model(folder).predict(images)
    assert str(caught.value) == (
        f"images to predict are not uint8 [N, 28, 28]\n  found: {found}\n"
        "  to do: convert values from 0 to 1 by (images * 255).astype('uint8'), and one image by image[None]"
    )


def test_nothing_is_told_to_anybody(tmp_path: Path) -> None:
    program = "import digitlab, os; digitlab.load_model('softmax'); print(os.environ['ORT_DISABLE_TELEMETRY'])"
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    assert subprocess.check_output([sys.executable, "-c", program], env=environment) == b"1\n"
    assert list(tmp_path.rglob("*")) == []  # where onnxruntime would keep what it has to tell


def test_a_frame_without_ink_is_no_digit(folder: Path) -> None:
    (verdict,) = digitlab.load_model(folder).verdicts(np.zeros((1, 28, 28), np.uint8))
    assert (verdict.status, str(verdict)) == ("not-a-digit", "not a digit")
    assert digitlab.load_model(folder).answer(np.full((50, 40), 255, np.uint8)).status == "not-a-digit"
