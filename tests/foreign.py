"""The run of a program, as it comes from a stranger: whoever runs the program leaves a file that says so."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import digitlab

PROGRAM = """
import keras

def build_model():
    open({mark!r}, "w").close()
    return keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, activation="softmax")])
"""


def foreign_run(folder: Path, data: Path, name: str = "mine.py") -> tuple[Path, Path]:
    """An interrupted run in `folder`, and the file that its program writes; nobody has trusted it."""
    honest, mark = folder / name, folder / "taken"
    honest.write_text(PROGRAM.replace('open({mark!r}, "w").close()', "print()"))
    run = digitlab.train(str(honest), str(data), out=folder / "runs", epochs=1, check=False, report=False, listeners=[])
    evil = PROGRAM.format(mark=str(mark)).encode()
    (run.path / "source" / name).write_bytes(evil)
    document = json.loads((run.path / "run.json").read_text())
    document["config"] |= {"source_sha256": hashlib.sha256(evil).hexdigest()}
    change(run.path, config=document["config"], status="interrupted")
    return run.path, mark


def change(run: Path, **values: Any) -> None:
    """Write other values into `run.json`."""
    file = run / "run.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}), encoding="utf-8")
