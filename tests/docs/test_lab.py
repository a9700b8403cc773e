"""Every snippet and command of the lab sheet, and what can be checked of its pictures and links."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from digitlab.cli.main import app
from digitlab.data.dataset import Dataset
from digitlab.data.sources import load

ROOT = Path(__file__).parents[2]
SHEET = ROOT / "docs" / "lab.md"
TEXT = SHEET.read_text("utf-8")
SCRIPT = (ROOT / "examples" / "mnist_softmax.py").read_text("utf-8")
LARGEST_PICTURE = 150_000  # bytes


def blocks(language: str) -> list[str]:
    """The code blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def commands(program: str) -> list[str]:
    """The lines of shell that begin with `program`."""
    return [line for block in blocks("sh") for line in block.splitlines() if line.startswith(f"{program} ")]


def of_the_script(block: str) -> bool:
    return "import digitlab" not in block


def test_the_snippets_stand_in_the_script_in_this_order() -> None:
    place = 0
    for block in filter(of_the_script, blocks("python")):
        found = SCRIPT.find(block, place)
        assert found >= 0, f"not in the script after character {place}:\n{block}"
        place = found + len(block)


def test_the_calculations_give_what_they_show() -> None:
    session = "\n".join(blocks("pycon"))
    test = doctest.DocTestParser().get_doctest(session, {}, SHEET.name, str(SHEET), 0)
    assert len(test.examples) > 8
    assert doctest.DocTestRunner().run(test).failed == 0


def test_the_lines_of_python_with_digitlab_run(mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in blocks("python"):
        if not of_the_script(block):
            exec(block, {})
    assert list(tmp_path.glob("runs/*/report.html"))


def test_the_train_commands_and_those_after_them_run(
    digits_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(typer, "launch", lambda address: 0)  # no browser opens during tests
    lines = [line for line in commands("digitlab") if " data " not in line]
    assert lines[0] == "digitlab train softmax"
    for line in lines:
        small = ["--data", str(digits_file), "--epochs", "1"] if " train " in line else []
        result = CliRunner().invoke(app, [*shlex.split(line)[1:], *small])
        assert result.exit_code == 0, (line, result.output)


def test_the_data_commands_run(mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for line in commands("digitlab data"):
        result = CliRunner().invoke(app, shlex.split(line)[1:])
        assert result.exit_code == 0, (line, result.output)
    assert (tmp_path / "mnist-samples.png").exists()


def test_no_command_is_left_untried() -> None:
    tried = [*commands("digitlab"), *commands("make"), *commands("python"), ". .venv/bin/activate"]
    assert sorted("".join(blocks("sh")).splitlines()) == sorted(tried)
    assert commands("make") == ["make train"]
    assert "\ntrain: " in (ROOT / "Makefile").read_text()
    assert commands("python") == ["python examples/mnist_softmax.py"]  # tests/examples runs it


def test_the_digit_in_numbers_is_the_first_of_the_drawn_ones() -> None:
    printed = [[int(number) for number in line.split()] for line in blocks("text")[0].splitlines()]
    image = load("synthetic").train.images[0]
    assert printed == image[5:25, 4:24].tolist()
    assert int(image.sum()) == sum(map(sum, printed))


def test_the_pictures_are_there_and_small() -> None:
    named = {SHEET.parent / path for path in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", TEXT)}
    assert named == set((SHEET.parent / "images").iterdir())
    assert all(path.stat().st_size < LARGEST_PICTURE for path in named)


def test_links_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    anchors = {"#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"(?<!!)\[[^\]]+\]\(([^)]+)\)", TEXT):
        assert target in anchors or (SHEET.parent / target).is_file(), target
