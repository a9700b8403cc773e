"""The commands of the page on speed, its links and its picture; its figures are those of the benchmarks."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digitlab.cli.main import app
from digitlab.images.spec import MNIST
from digitlab.recipes import find
from tests.docs.page import DOCS, ROOT, Page

PAGE = Page(DOCS / "speed.md")


def test_the_commands_run(digits_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for line in PAGE.commands("digitlab"):
        small = ["--data", str(digits_file), "--epochs", "1"]
        result = CliRunner().invoke(app, [*shlex.split(line)[1:], *small])
        assert result.exit_code == 0, (line, result.output)


def test_the_benchmarks_are_there() -> None:
    for name in re.findall(r"python -m benchmarks\.(\w+)", PAGE.text):
        assert (ROOT / "benchmarks" / f"{name}.py").is_file(), name


@pytest.mark.parametrize("name", ["fast", "accurate", "best"])
def test_the_parameters_are_those_of_the_networks(name: str) -> None:
    assert f"{find(name).build(MNIST, 10).count_params():,}" in PAGE.text


def test_links_and_picture() -> None:
    PAGE.assert_links_lead_somewhere()
    PAGE.assert_pictures_are_there_and_small()
