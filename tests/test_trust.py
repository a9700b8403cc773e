"""What runs the program of a run folder asks first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import digitlab
from digitlab.checker.command import check_spec
from digitlab.cli.main import app
from digitlab.errors import RunError, UntrustedError
from digitlab.experiments.train import export_run, keras_model
from tests.foreign import change, foreign_run


@pytest.fixture
def foreign(digits_file: Path, tmp_path: Path) -> tuple[Path, Path]:
    return foreign_run(tmp_path, digits_file)


def test_nothing_runs_a_program_from_elsewhere_unasked(foreign: tuple[Path, Path]) -> None:
    run, mark = foreign
    with pytest.raises(UntrustedError):
        digitlab.resume(run, report=False, listeners=())
    with pytest.raises(UntrustedError):
        keras_model(run)
    with pytest.raises(UntrustedError):
        export_run(run)
    with pytest.raises(UntrustedError):
        check_spec(str(run))
    assert not mark.exists()
    keras_model(run, trust=True)
    assert mark.exists()
    assert digitlab.resume(run, report=False, listeners=()).info.status == "done"  # it was asked about once


@pytest.mark.parametrize("command", [["train", "--resume"], ["export"], ["check"]])
def test_the_commands_say_how_to_trust_it(foreign: tuple[Path, Path], command: list[str]) -> None:
    run, mark = foreign
    done = CliRunner().invoke(app, [*command, str(run)])
    assert done.exit_code == 2
    assert f"Error: the run {run} brings a program with it, which would run with your rights\n  found: " in done.stderr
    assert "to do: read it; if you trust it, say so once: --trust, or trust=True in Python" in done.stderr
    assert not mark.exists()
    assert CliRunner().invoke(app, [*command, str(run), "--trust"]).exit_code == 0
    assert mark.exists()


def test_a_path_in_run_json_is_not_followed(foreign: tuple[Path, Path]) -> None:
    run, mark = foreign
    elsewhere = run / "source" / "mine.py"
    program = elsewhere.rename(run.parent / "mine.py")
    elsewhere.parent.rmdir()
    config = json.loads((run / "run.json").read_text())["config"]
    change(run, config={**config, "recipe": str(program), "source_sha256": None})
    with pytest.raises(RunError, match=r"has no model file in it\n  found: no source/ folder, in a run of .*mine\.py"):
        digitlab.resume(run, listeners=(), trust=True)
    assert not mark.exists()


def test_trust_without_a_run_is_told() -> None:
    done = CliRunner().invoke(app, ["train", "softmax", "--trust"])
    assert (done.exit_code, done.stderr.splitlines()[0]) == (2, "Error: --trust is for a run that is resumed")
