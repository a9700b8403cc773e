"""Names of files, folders and classes that try to steer the terminal."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from digitlab.cli.main import app
from digitlab.data.dataset import Split
from digitlab.runs.directory import RunDirectory
from tests.runs.test_directory import INFO

TITLE = "\x1b]0;taken\x07"  # sets the title of the window
FAKE = "a\nb: 9 (100.0%)"  # fakes an answer
TURNED = "3\u202egnp.exe"  # shows the letters behind it in the other order
NAMES = [TITLE, FAKE, TURNED, "c1\x9b2J", os.fsdecode(b"no text \xff")]
STEERING = [*map(chr, range(0x20)), "\x7f", "\x9b", "\u202e"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="such names are refused elsewhere")


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def assert_plain(text: str, count: int) -> None:
    """As many lines as there should be, with nothing in them that steers."""
    assert len(text.splitlines()) == count
    assert not set(text).intersection(STEERING) - {"\n"}


def test_file_names_are_shown_as_one_plain_line(held_out: Split, tmp_path: Path) -> None:
    for name in NAMES:
        Image.fromarray(held_out.images[0]).resize((56, 56)).save(tmp_path / f"{name}.png", "png")
    result = call("predict", tmp_path)
    assert result.exit_code == 0
    assert_plain(result.stdout, len(NAMES))
    assert f"{tmp_path}/a?b: 9 (100.0%).png: " in result.stdout


def test_an_error_about_such_a_file_has_three_lines(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / f"{name}.png").write_bytes(b"no picture")
        result = call("predict", tmp_path / f"{name}.png")
        assert result.exit_code == 2
        assert_plain(result.stderr, 3)


def test_class_names_are_shown_as_one_plain_line(held_out: Split, tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / name).mkdir()
        for number in range(3):
            Image.fromarray(np.roll(held_out.images[0], number)).save(tmp_path / name / f"{number}.png")
    checked = call("data", "check", tmp_path)
    assert not set(checked.output).intersection(STEERING) - {"\n"}
    assert "b: 9 (100.0%)" not in [line.strip() for line in checked.output.splitlines()]
    shown = call("data", "show", tmp_path, "--out", tmp_path / "sheet.png")
    assert shown.exit_code == 0
    assert not set(shown.output).intersection(STEERING) - {"\n"}
    names = json.loads(call("data", "check", tmp_path, "--json").stdout)["counts"]["train"]
    assert FAKE in names  # in a document for programs the names are what they are


def test_names_of_runs_are_shown_as_one_plain_line(tmp_path: Path) -> None:
    run = RunDirectory.create(tmp_path, "run", INFO.model_copy(update={"model": f"model {TITLE}{FAKE}"})).path
    for name in (TITLE, FAKE, TURNED):
        shutil.copytree(run, tmp_path / name)
    assert_plain(call("runs", "list", "--out", tmp_path).stdout, 5)
    assert_plain(call("runs", "show", run).stdout, len(RunDirectory(run).read().facts()) + 1)
