"""A disk that fills up, or may not be written: told in plain words, and what was there stays."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from digitlab.runs.directory import RunDirectory


def train(*arguments: str | Path, most_bytes: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command; no file that it writes may grow beyond `most_bytes`."""

    def limit() -> None:
        if most_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    command = [sys.executable, "-m", "digitlab", "train", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, preexec_fn=limit, check=False)


@pytest.mark.parametrize(("most_bytes", "file"), [(20_000, "checkpoint.npz"), (40_000, "model.keras")])
def test_a_file_that_cannot_be_written_whole(digits_file: Path, tmp_path: Path, most_bytes: int, file: str) -> None:
    result = train("--data", digits_file, "--out", tmp_path, "--epochs", "2", most_bytes=most_bytes)
    assert result.returncode == 3
    assert "Traceback" not in result.stderr
    assert f"{file}\n  found: File too large\n  to do: free some space" in result.stderr
    (path,) = tmp_path.iterdir()
    assert RunDirectory(path).info.status == "failed"
    assert {entry.suffix for entry in path.iterdir()} <= {"", ".json", ".csv", ".npz"}
    assert train("--resume", path).returncode == 0  # with space again, it goes on


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(digits_file: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    result = train("--data", digits_file, "--out", tmp_path)
    assert result.returncode == 3
    assert "Error: cannot write" in result.stderr
