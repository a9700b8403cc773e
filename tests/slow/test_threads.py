"""Which recipes give the same bytes with one thread and with two: docs/reproducibility.md."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from digitlab.base.machine import usable_cores
from digitlab.runs.directory import RunDirectory


def weights(spec: str, data: Path, out: Path, threads: int) -> bytes:
    """Of a training in a process of its own, which has to set its threads before it begins to compute."""
    program = (
        f"import digitlab; digitlab.train({spec!r}, {str(data)!r}, epochs=2, test=False, {threads=}, out={str(out)!r})"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    (path,) = out.iterdir()
    return b"".join(array.tobytes() for array in RunDirectory(path).weights.values())


@pytest.mark.skipif(usable_cores() < 2, reason="one core: TensorFlow has one thread")
@pytest.mark.parametrize(("spec", "equal"), [("softmax", True), ("mlp:64", True), ("cnn", False), ("fast", False)])
def test_one_thread_or_two(digits_file: Path, tmp_path: Path, spec: str, equal: bool) -> None:
    one, two = (weights(spec, digits_file, tmp_path / str(threads), threads) for threads in (1, 2))
    assert (one == two) is equal
