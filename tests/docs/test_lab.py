"""Every snippet and command of the lab sheet, and what can be checked of its pictures and links."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from digitlab.cli.main import app
from digitlab.data.dataset import Dataset
from digitlab.data.sources import load
from tests.docs.page import DOCS, ROOT, Page

SHEET = Page(DOCS / "lab.md")
SCRIPT = ROOT / "examples" / "mnist_softmax.py"


def of_the_script(block: str) -> bool:
    return "import digitlab" not in block


def test_the_snippets_stand_in_the_script_in_this_order() -> None:
    SHEET.assert_snippets_stand_in(SCRIPT, list(filter(of_the_script, SHEET.blocks("python"))))


def test_the_calculations_give_what_they_show() -> None:
    assert SHEET.assert_calculations_hold() > 8


def test_the_lines_of_python_with_digitlab_run(mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in SHEET.blocks("python"):
        if not of_the_script(block):
            exec(block, {})
    assert list(tmp_path.glob("runs/*/report.html"))


def test_the_train_commands_and_those_after_them_run(
    digits_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(typer, "launch", lambda address: 0)  # no browser opens during tests
    lines = [line for line in SHEET.commands("digitlab") if " data " not in line]
    assert lines[0] == "digitlab train softmax"
    for line in lines:
        small = ["--data", str(digits_file), "--epochs", "1"] if " train " in line else []
        result = CliRunner().invoke(app, [*shlex.split(line)[1:], *small])
        assert result.exit_code == 0, (line, result.output)


def test_the_data_commands_run(mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for line in SHEET.commands("digitlab data"):
        result = CliRunner().invoke(app, shlex.split(line)[1:])
        assert result.exit_code == 0, (line, result.output)
    assert (tmp_path / "mnist-samples.png").exists()


def test_no_command_is_left_untried() -> None:
    tried = [*SHEET.commands("digitlab"), *SHEET.commands("make"), *SHEET.commands("python"), ". .venv/bin/activate"]
    assert sorted(SHEET.lines_of_shell()) == sorted(tried)
    assert SHEET.commands("make") == ["make train"]
    assert "\ntrain: " in (ROOT / "Makefile").read_text()
    assert SHEET.commands("python") == ["python examples/mnist_softmax.py"]  # tests/examples runs it


def test_the_digit_in_numbers_is_the_first_of_the_drawn_ones() -> None:
    printed = [[int(number) for number in line.split()] for line in SHEET.blocks("text")[0].splitlines()]
    image = load("synthetic").train.images[0]
    assert printed == image[5:25, 4:24].tolist()
    assert int(image.sum()) == sum(map(sum, printed))


def test_the_pictures_are_there_and_small() -> None:
    SHEET.assert_pictures_are_there_and_small()
    shown = {picture for path in DOCS.glob("*.md") for picture in Page(path).pictures()}
    assert shown == set((DOCS / "images").iterdir())


def test_links_lead_somewhere() -> None:
    SHEET.assert_links_lead_somewhere()
