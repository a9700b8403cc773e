from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import digitlab
from digitlab.cli.main import app
from digitlab.runs.directory import RunDirectory


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
    assert "Start one: digitlab train softmax" in call("list", "--out", tmp_path).stdout


def test_show_tells_what_was_done(run: digitlab.Run) -> None:
    text = call("show", run.path).stdout
    assert "1 epochs, batches of 32, sgd with rate 0.01, seed 0" in text
    document = json.loads(call("show", "last", "--out", run.path.parent, "--json").stdout)
    assert document["history"][0]["epoch"] == 1


def test_a_name_that_is_no_run_is_told(tmp_path: Path) -> None:
    result = call("show", "nothing", "--out", tmp_path)
    assert result.exit_code == 2
    assert "Error: nothing is not a run" in result.stderr


def test_a_piped_list_has_every_column_whole(run: digitlab.Run, tmp_path: Path) -> None:
    assert run.result is not None
    long = tmp_path / ("a-very-long-name-of-a-run-" * 4)
    shutil.copytree(run.path, long)
    header, line = call("list", "--out", tmp_path).stdout.splitlines()
    assert header.split() == ["run", "data", "epochs", "test", "accuracy", "(95%)"]
    assert line == f"{long.name}  digits.npz  1       {run.result.sentence}"


def test_a_damaged_run_is_passed_over_in_one_line(run: digitlab.Run, tmp_path: Path) -> None:
    shutil.copytree(run.path, tmp_path / "broken")
    (tmp_path / "broken" / "history.csv").write_bytes(b"\xff")
    result = call("list", "--out", tmp_path, "--json")
    assert json.loads(result.stdout) == []
    assert result.stderr == "Skipped damaged runs: broken\n"


def test_a_killed_run_is_stopped_and_says_how_to_go_on(run: digitlab.Run, tmp_path: Path) -> None:
    path = shutil.copytree(run.path, tmp_path / "killed")
    RunDirectory(path).mark("running")
    assert "1 of 1, stopped" in call("list", "--out", tmp_path).stdout
    lines = call("show", path).stdout.splitlines()
    assert any(line.split() == ["status", "stopped"] for line in lines)
    assert lines[-1] == f"Resume with: digitlab train --resume {path}"


def test_no_report_where_the_test_part_was_left_unopened(digits_file: Path, tmp_path: Path) -> None:
    run = digitlab.train("softmax", str(digits_file), out=tmp_path, epochs=1, test=False, listeners=())
    result = call("open", run.path)
    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: {run.path} has no report.html\n  found: the test part was left unopened\n"
        "  to do: train again without --no-test\n"
    )


def browser(folder: Path, program: str) -> str:
    """A PATH on which `xdg-open` is this shell program."""
    file = folder / "xdg-open"
    file.write_text(f"#!/bin/sh\n{program}\n")
    file.chmod(0o755)
    return str(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="xdg-open is Linux's")
def test_open_asks_the_browser_and_says_so(run: digitlab.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", browser(tmp_path, f'echo noise; echo "$1" > {tmp_path}/asked'))
    result = call("open", run.path)
    assert (result.stdout, result.stderr) == (f"{run.report}\n", "")
    assert (tmp_path / "asked").read_text() == f"{run.report.resolve()}\n"
    assert json.loads(call("open", run.path, "--json").stdout) == {"report": str(run.report)}


@pytest.mark.skipif(sys.platform != "linux", reason="xdg-open is Linux's")
@pytest.mark.parametrize("program", [None, "echo noise >&2; exit 3"])
def test_open_without_a_browser_names_the_file(
    run: digitlab.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str | None
) -> None:
    monkeypatch.setenv("PATH", browser(tmp_path, program) if program else str(tmp_path))
    result = call("open", run.path)
    assert result.output == f"No browser found; open this file yourself: {run.report}\n"
    assert json.loads(call("open", run.path, "--json").stdout) == {"report": str(run.report)}
