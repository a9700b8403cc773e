"""What the page on own digits shows, tried."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digitlab.cli.main import app
from tests.docs.page import DOCS, ROOT, Page

PAGE = Page(DOCS / "own-digits.md")
RESIDUAL = re.compile(r"residual .*")  # of rounding, which differs between processors


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the pictures that the page names."""
    for picture in (ROOT / "examples" / "pictures").iterdir():
        shutil.copy(picture, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_snippet_answers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (snippet,) = PAGE.blocks("python")
    exec(compile(snippet, "own-digits.md", "exec"), {})
    assert capsys.readouterr().out.startswith("7 (")


def test_the_shown_commands_print_what_is_shown(folder: Path) -> None:
    shown = [block for block in PAGE.blocks("text") if block.startswith("$ ")]
    assert len(shown) == 3
    for block in shown:
        command, _, output = block.removeprefix("$ ").partition("\n")
        result = CliRunner().invoke(app, shlex.split(command)[1:])
        assert result.exit_code == 0, (command, result.output)
        assert RESIDUAL.sub("", result.stdout) == RESIDUAL.sub("", output)


def test_the_shown_template_is_that_of_the_examples(folder: Path) -> None:
    assert PAGE.blocks("toml") == [(folder / "form.toml").read_text("utf-8")]
