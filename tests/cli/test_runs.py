from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import digitlab
from digitlab.cli.main import app


@pytest.fixture(scope="module")
def run(digits_file: Path, tmp_path_factory: pytest.TempPathFactory) -> digitlab.Run:
    out = tmp_path_factory.mktemp("runs")
    return digitlab.train("softmax", str(digits_file), out=out, epochs=1, listeners=())


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["runs", *map(str, arguments)])


def test_list_shows_each_run_with_its_accuracy(run: digitlab.Run) -> None:
    assert run.result is not None
    (listed,) = json.loads(call("list", "--out", run.path.parent, "--json").stdout)
    assert listed["run"] == str(run.path)
    assert listed["test_accuracy"] == run.result.test_accuracy
    assert run.path.name in call("list", "--out", run.path.parent).stdout


def test_an_empty_list_says_how_to_make_a_run(tmp_path: Path) -> None:
    assert "Make one: digitlab train softmax" in call("list", "--out", tmp_path).stdout


def test_show_tells_what_was_done(run: digitlab.Run) -> None:
    text = call("show", run.path).stdout
    assert "1 epochs, batches of 32, sgd with rate 0.01, seed 0" in text
    document = json.loads(call("show", "last", "--out", run.path.parent, "--json").stdout)
    assert document["history"][0]["epoch"] == 1


def test_a_name_that_is_no_run_is_told(tmp_path: Path) -> None:
    result = call("show", "nothing", "--out", tmp_path)
    assert result.exit_code == 2
    assert "Error: nothing is not a run" in result.stderr
