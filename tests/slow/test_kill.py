"""Killed at a random moment and started again, every command ends with the bytes of one that never stopped.

KILLS=50 pytest tests/slow/test_kill.py tries each fifty times.
"""

from __future__ import annotations

import contextlib
import csv
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from digitlab.runs.directory import RunDirectory

KILLS = int(os.environ.get("KILLS", "5"))
EPOCHS = "30"

Outcome = dict[str, tuple[bytes, list[list[str]]]]


def digitlab(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "digitlab", *map(str, arguments)]


def run(command: list[str]) -> float:
    """How long it took."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


def kill(command: list[str], due: Callable[[], bool]) -> bool:
    """Kill the command and its workers as soon as it is due; whether it still ran then."""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        while process.poll() is None:
            if due():
                os.killpg(process.pid, signal.SIGKILL)
                return True
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.005)
    return False


def epochs_in(out: Path) -> int:
    """Complete epochs of all runs in a folder."""
    return sum(len(file.read_text().splitlines()) - 1 for file in out.glob("*/history.csv"))


def has_epochs(out: Path, epochs: int) -> bool:
    return epochs_in(out) >= epochs


def is_past(moment: float) -> bool:
    return time.perf_counter() >= moment


def outcome(out: Path) -> Outcome:
    """Final weights and history (but for the seconds) of each run, by what it trained: folder names have times."""
    result = {}
    for file in sorted(out.glob("*/run.json")):
        directory = RunDirectory(file.parent)
        assert directory.info.status == "done"
        training = directory.info.config.training
        name = f"{directory.info.config.recipe}, seed {training.seed}, member {training.member}"
        assert name not in result, "a training was done twice"
        weights = b"".join(array.tobytes() for array in directory.weights.values())
        history = [row[:-1] for row in csv.reader((file.parent / "history.csv").read_text().splitlines())]
        result[name] = weights, history
    return result


def command_for(kind: str, data: Path) -> Callable[[Path], list[str]]:
    """What to start, and to start again, for a folder; `train` is resumed where there is a run already."""
    options = ("--data", data, "--epochs", EPOCHS)

    def train(out: Path) -> list[str]:
        runs = [file.parent for file in out.glob("*/run.json")]
        return digitlab("train", "--resume", runs[0]) if runs else digitlab("train", *options, "--out", out)

    return {
        "train": train,
        "compare": lambda out: digitlab(
            "compare", "softmax", "mlp:16", "--seeds", "2", "--jobs", "2", *options, "--out", out
        ),
        "ensemble": lambda out: digitlab("train", "softmax", "--ensemble", "2", *options, "--out", out),
    }[kind]


@pytest.mark.timeout(120 * KILLS)
@pytest.mark.parametrize("kind", ["train", "compare", "ensemble"])
def test_the_same_bytes_after_kills(digits_file: Path, tmp_path: Path, kind: str) -> None:
    command = command_for(kind, digits_file)
    run(command(tmp_path / "whole"))
    expected, moments, hits = outcome(tmp_path / "whole"), random.Random(0), 0
    for number in range(KILLS):
        out = tmp_path / f"killed-{number}"
        epochs = moments.randint(1, epochs_in(tmp_path / "whole"))
        hits += kill(command(out), partial(has_epochs, out, epochs))
        if not finished(out, len(expected)):
            run(command(out))
        assert outcome(out) == expected, f"kill {number}"
    print(f"{kind}: {hits} of {KILLS} killed before the end, the same bytes each time")
    assert hits > KILLS / 2


def finished(out: Path, runs: int) -> bool:
    """All runs are done: a finished run cannot be resumed."""
    done = [RunDirectory(file.parent).info.status == "done" for file in out.glob("*/run.json")]
    return len(done) == runs and all(done)


@pytest.mark.timeout(120 * KILLS)
def test_an_export_that_is_killed(digits_file: Path, tmp_path: Path) -> None:
    run(digitlab("train", "--data", digits_file, "--epochs", "1", "--out", tmp_path))
    (path,) = (file.parent for file in tmp_path.glob("*/run.json"))
    expected, moments = bundle(path), random.Random(0)
    seconds = run(digitlab("export", path))
    hits = 0
    for number in range(KILLS):
        moment = time.perf_counter() + moments.uniform(0.5, 1) * seconds
        hits += kill(digitlab("export", path), partial(is_past, moment))
        assert subprocess.run(digitlab("predict", "--model", path, picture(tmp_path)), check=False).returncode == 0
        seconds = run(digitlab("export", path))  # as long as the machine takes now
        assert bundle(path) == expected, f"kill {number}"
    print(f"export: {hits} of {KILLS} killed before the end, the same bytes each time")
    assert hits > KILLS / 2


def bundle(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((path / "bundle").iterdir())}


def picture(folder: Path) -> Path:
    from PIL import Image

    file = folder / "one.png"
    image = Image.new("L", (28, 28), 255)
    image.paste(0, (12, 4, 15, 24))
    image.save(file)
    return file
