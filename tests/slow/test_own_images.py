"""Images in colour, from a folder of 2,000 pictures to what is said about each."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

import digitlab
from digitlab.cli.main import app
from tests import pictures


def test_shapes_in_colour_are_told_apart(tmp_path: Path) -> None:
    folder = pictures.shapes(tmp_path / "shapes", each=500)
    run = digitlab.train("cnn", str(folder), epochs=25, out=tmp_path / "runs", listeners=())
    assert run.result is not None
    assert run.result.test_accuracy >= 0.99
    assert run.info.read_back is not None
    assert run.info.read_back.problem is None
    for name in pictures.SHAPES:
        command = ["predict", "--model", str(run.path), str(folder / name), "--json"]
        answers = json.loads(CliRunner().invoke(app, command).stdout)["images"]
        assert sum(answer["label"] == name for answer in answers) >= 0.99 * 500
    for command in (["explain", str(folder / "star" / "0.png"), "--model", str(run.path)], ["export", str(run.path)]):
        result = CliRunner().invoke(app, [*command, *(["--out", str(tmp_path)] if command[0] == "explain" else [])])
        assert result.exit_code == 0, result.output
