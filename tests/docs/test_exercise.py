"""Every snippet and command of the worked exercise, and what can be checked of its pictures and links."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digitlab.cli.main import app
from tests.docs.page import DOCS, ROOT, Page

PAGE = Page(DOCS / "exercise.md")
EXAMPLES = ROOT / "examples"
DEEP, WITHOUT_RELU = EXAMPLES / "mnist_deep.py", EXAMPLES / "deep_without_relu.py"


def test_the_snippets_stand_in_the_scripts() -> None:
    deep, without_relu = PAGE.blocks("python")
    PAGE.assert_snippets_stand_in(DEEP, [deep])
    PAGE.assert_snippets_stand_in(WITHOUT_RELU, [without_relu])


def test_the_calculations_give_what_they_show() -> None:
    assert PAGE.assert_calculations_hold() == 5


def test_the_commands_run(digits_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").symlink_to(EXAMPLES)
    monkeypatch.chdir(tmp_path)
    for line in sorted(PAGE.commands("digitlab"), key=len, reverse=True):  # the longest trains for most of the others
        small = ["--data", str(digits_file), "--epochs", "1"]
        if line.startswith("digitlab compare "):
            small += ["--seeds", "1", "--jobs", "1"]
        result = CliRunner().invoke(app, [*shlex.split(line)[1:], *small])
        assert result.exit_code == 0, (line, result.output)
    for line in PAGE.commands("tail"):
        printed = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True).stdout
        assert printed.startswith("1,"), (line, printed)


def test_no_command_is_left_untried() -> None:
    tried = [*PAGE.commands("digitlab"), *PAGE.commands("tail"), *PAGE.commands("python")]
    assert sorted(PAGE.lines_of_shell()) == sorted(tried)
    assert PAGE.commands("python") == ["python examples/mnist_deep.py"]  # tests/examples runs it


def test_all_is_compared_on_mnist_with_five_seeds() -> None:
    compared = PAGE.commands("digitlab compare")
    assert len(compared) == 17
    assert all("--data mnist" in line and "--seeds 5" in line for line in compared)


def test_pictures_and_links() -> None:
    assert {picture.name for picture in PAGE.pictures()} == {"exercise-accuracy.png", "exercise-curves.png"}
    PAGE.assert_pictures_are_there_and_small()
    PAGE.assert_links_lead_somewhere()
