"""What the page on own digits shows, tried."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from digitlab.cli.main import app
from tests.docs.page import DOCS, Page

PAGE = Page(DOCS / "own-digits.md")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the pictures that the page names."""
    picture = Image.new("L", (280, 280), 255)
    ImageDraw.Draw(picture).line([(70, 60), (210, 60), (120, 230)], fill=0, width=20)
    for name in ("seven.png", "scan.jpg", "paper.png"):
        picture.save(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_snippet_answers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (snippet,) = PAGE.blocks("python")
    exec(compile(snippet, "own-digits.md", "exec"), {})
    assert capsys.readouterr().out.startswith("7 (")


def test_the_shown_commands_run(folder: Path) -> None:
    shown = [line[2:] for block in PAGE.blocks("text") for line in block.splitlines() if line.startswith("$ ")]
    assert len(shown) == 2
    for line in shown:
        result = CliRunner().invoke(app, shlex.split(line)[1:])
        assert result.exit_code == 0, (line, result.output)
        assert result.stdout.startswith("seven.png: 7 (")
