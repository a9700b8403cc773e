"""Killed at a random moment, a run goes on as if nothing had been."""

from __future__ import annotations

import contextlib
import csv
import random
import subprocess
import sys
from pathlib import Path

import pytest

from digitlab.runs.directory import RunDirectory

EPOCHS = 40
KILLS = 20


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "digitlab", "train", *map(str, arguments)]


def outcome(path: Path) -> tuple[bytes, list[list[str]]]:
    """The final weights, and the history but for the seconds."""
    directory = RunDirectory(path)
    weights = b"".join(array.tobytes() for array in directory.weights.values())
    return weights, [row[:-1] for row in csv.reader((path / "history.csv").read_text().splitlines())]


def the_only_folder(out: Path) -> Path:
    (path,) = (path for path in out.iterdir() if not path.name.startswith("."))
    return path


@pytest.mark.timeout(900)
def test_twenty_kills(digits_file: Path, tmp_path: Path) -> None:
    options = ["--data", str(digits_file), "--epochs", str(EPOCHS), "--out"]
    subprocess.run(command(*options, tmp_path / "whole"), check=True, capture_output=True)
    expected = outcome(the_only_folder(tmp_path / "whole"))
    moments, reached = random.Random(0), set[int]()
    for kill in range(KILLS):
        out = tmp_path / f"killed-{kill}"
        kill_at_some_moment(command(*options, out), moments)
        path = the_only_folder(out)
        reached.add(len(RunDirectory(path).history))
        assert RunDirectory(path).info.status == "running"
        subprocess.run(command("--resume", path), check=True, capture_output=True)
        assert RunDirectory(path).info.status == "done"
        assert outcome(path) == expected
    assert len(reached) > KILLS / 2  # they did hit at many different epochs


def kill_at_some_moment(program: list[str], moments: random.Random) -> None:
    """Kill after a random line of its output (a line an epoch, then the test and the report) and a little while."""
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(moments.randrange(1, EPOCHS + 4)):
            process.stdout.readline()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moments.uniform(0, 0.02))
        process.kill()
