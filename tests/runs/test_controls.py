"""The two small files between a training and whoever watches it; the folder may be a stranger's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from digitlab.runs.controls import (
    CONTROLS,
    PROGRESS,
    Controls,
    Progress,
    read_controls,
    read_progress,
    write_controls,
    write_progress,
)


def test_they_come_back_as_they_were_written(tmp_path: Path) -> None:
    controls = Controls(pause_after=3, learning_rate=0.1)
    progress = Progress(process=1, epochs=2, done=3, steps=4, paused=False, learning_rate=None)
    write_controls(tmp_path, controls)
    write_progress(tmp_path, progress)
    assert (read_controls(tmp_path), read_progress(tmp_path)) == (controls, progress)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("kind", ["nothing", "a pipe", "a device", "a folder", "too much", "brackets"])
def test_what_cannot_be_read_says_nothing(tmp_path: Path, kind: str) -> None:
    if sys.platform == "win32" and kind in ("a pipe", "a device"):
        pytest.skip("Windows has no such files")
    for path in (tmp_path / CONTROLS, tmp_path / PROGRESS):
        match kind:
            case "a pipe":
                os.mkfifo(path)
            case "a device":
                path.symlink_to("/dev/zero")
            case "a folder":
                path.mkdir()
            case "too much":
                path.write_bytes(b" " * (2**20 + 1) + b"{}")
            case "brackets":
                path.write_bytes(b"[" * 100_000)
    assert (read_controls(tmp_path), read_progress(tmp_path)) == (Controls(), None)
