from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from digitlab.errors import BundleError
from digitlab.runtime.reader.network import FOLDER, LineNetwork, line_network


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "lines"))


def test_a_strip_of_any_width_is_answered_place_by_place() -> None:
    for width in (8, 31, 400):
        answers = line_network()(np.zeros((2, 32, width), np.uint8))
        assert answers.shape == (2, -(-width // 4), 14)
        assert answers.dtype == np.float32
        assert np.allclose(answers.sum(axis=2), 1, atol=1e-5)
        assert (answers.argmax(axis=2) == 0).all()  # nothing is there


def test_it_is_small() -> None:
    assert (FOLDER / "model.onnx").stat().st_size <= 2_000_000


@pytest.mark.parametrize("name", ["model.onnx", "golden.npz"])
def test_a_changed_file_is_refused(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[-100] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(BundleError) as caught:
        LineNetwork(copy)
    assert str(caught.value) == (
        f"the line reader {copy} cannot be used\n"
        f"  found: {name} is not the file that was shipped\n"
        "  to do: install digitlab again: its files were changed"
    )


def test_a_missing_file_is_told(copy: Path) -> None:
    (copy / "lines.json").unlink()
    with pytest.raises(BundleError, match="cannot be used"):
        LineNetwork(copy)


def test_another_alphabet_is_refused(copy: Path) -> None:
    info = json.loads((copy / "lines.json").read_text())
    (copy / "lines.json").write_text(json.dumps({**info, "alphabet": "abc"}))
    with pytest.raises(BundleError, match="the characters 'abc'"):
        LineNetwork(copy)
