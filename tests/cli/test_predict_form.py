from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from typer.testing import CliRunner, Result

from digitlab.cli.main import app
from digitlab.data.dataset import Split
from tests.forms import filled_form, write_template

WRITTEN = {"number": "40927", "points": "38", "total": ""}


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(held_out: Split, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template, a filled form, and a TIFF of it before and behind another page."""
    folder = tmp_path_factory.mktemp("form")
    write_template(folder)
    page = Image.fromarray(filled_form(held_out, WRITTEN))
    page.save(folder / "page.png")
    ImageDraw.Draw(page).text((340, 385), "W&", 0, ImageFont.load_default(40))
    page.save(folder / "unsure.png")
    other = Image.new("L", page.size, 235)
    page.save(folder / "scan.tif", save_all=True, append_images=[other, page])
    return folder


def test_a_line_for_each_field(folder: Path) -> None:
    page = folder / "page.png"
    result = call("predict", page, "--template", folder / "form.toml")
    assert (result.exit_code, result.stdout) == (0, f"{page}:\n  number: 40927\n  points: 38\n  total:\n")


def test_an_unsure_field_is_marked(folder: Path) -> None:
    result = call("predict", folder / "unsure.png", "--template", folder / "form.toml")
    *_, points, total = result.stdout.splitlines()
    assert points == "  points: 38"
    assert total.startswith("  total:")
    assert total.endswith(" (unsure)")


def test_csv_has_a_row_for_each_field_and_another_page_does_not_stop_the_rest(folder: Path) -> None:
    path = folder / "scan.tif"
    result = call("predict", path, "--template", folder / "form.toml", "--csv")
    assert result.exit_code == 2
    assert f"Error: {path}, page 2, does not show the form of {folder / 'form.toml'}\n" in result.stderr
    header, *rows = csv.reader(io.StringIO(result.stdout))
    assert header == ["file", "page", "field", "text", "probability", "sure"]
    assert [row[:3] for row in rows] == [[str(path), page, name] for page in "13" for name in WRITTEN]
    assert [row[3:4] + row[5:] for row in rows[:2]] == [["40927", "yes"], ["38", "yes"]]
    assert 0.8 < float(rows[0][4]) < 1
    assert rows[2][5] == "no"


def test_json_has_the_probability_of_each_field(folder: Path) -> None:
    result = call("predict", folder / "page.png", "--template", folder / "form.toml", "--json")
    (image,) = json.loads(result.stdout)["images"]
    assert (image["status"], image["page"], image["pages"]) == ("form", 1, 1)
    number, points, total = image["fields"]
    assert 0.8 < number.pop("probability") < 1
    assert number == {"name": "number", "text": "40927", "written": "40927", "sure": True}
    assert points["text"] == "38"
    assert total == {"name": "total", "text": "", "written": "", "probability": None, "sure": True}


@pytest.mark.parametrize("other", [["--table"], ["--save-annotated", "out.png"]])
def test_a_template_is_a_form_of_output_of_its_own(folder: Path, other: list[str]) -> None:
    result = call("predict", folder / "page.png", "--template", folder / "form.toml", *other)
    assert (result.exit_code, result.stderr) == (
        2,
        f"Error: two forms of output\n  found: --template and {other[0]}\n  to do: give one of them\n",
    )


def test_a_missing_template_is_named(folder: Path) -> None:
    path = folder / "none.toml"
    result = call("predict", folder / "page.png", "--template", path)
    to_do = 'give a template in TOML: form = "empty.png", and below [boxes] name = [left, top, right, bottom]'
    assert result.exit_code == 2
    assert result.stderr == f"Error: cannot read {path}\n  found: No such file or directory\n  to do: {to_do}\n"
