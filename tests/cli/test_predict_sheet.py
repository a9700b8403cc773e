from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from digitlab.cli.main import app
from digitlab.data.dataset import Split


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def sheet(held_out: Split, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Two lines of three digits, dark on paper, and what they say."""
    page = np.full((260, 340), 235, np.uint8)
    for number in range(6):
        large = np.asarray(Image.fromarray(held_out.images[number]).resize((84, 84), Image.Resampling.BICUBIC))
        top, left = 20 + 120 * (number // 3), 15 + 110 * (number % 3)
        page[top : top + 84, left : left + 84] -= (large * 0.8).astype(np.uint8)
    path = tmp_path_factory.mktemp("sheet") / "sheet.png"
    Image.fromarray(page).save(path)
    text = "".join(map(str, held_out.labels[:6]))
    return path, f"{text[:3]}\n{text[3:]}"


def test_text_is_read_line_by_line(sheet: tuple[Path, str]) -> None:
    path, text = sheet
    assert call("predict", path, "--text").stdout == f"{text}\n"


def test_points_are_read_on_request(sheet: tuple[Path, str], tmp_path: Path) -> None:
    page = np.array(Image.open(sheet[0]))
    page[84:92, 104:112] = 40  # on the base line of the first two digits
    Image.fromarray(page).save(tmp_path / "point.png")
    assert call("predict", tmp_path / "point.png", "--text").stdout == f"{sheet[1]}\n"
    assert call("predict", tmp_path / "point.png", "--punctuation").stdout == f"{sheet[1][0]}.{sheet[1][1:]}\n"


def test_a_table_is_printed_as_csv(sheet: tuple[Path, str]) -> None:
    rows = [",".join(line) for line in sheet[1].split("\n")]
    assert call("predict", sheet[0], "--table").stdout == "\n".join(rows) + "\n"
    (image,) = json.loads(call("predict", sheet[0], "--table", "--json").stdout)["images"]
    assert image["table"] == [[*line] for line in sheet[1].split("\n")]
    assert (image["written"], image["turned"]) == (sheet[1], 0)


def test_json_has_a_box_for_each_digit(sheet: tuple[Path, str]) -> None:
    (image,) = json.loads(call("predict", sheet[0], "--text", "--json").stdout)["images"]
    assert image["text"] == sheet[1]
    assert [digit["label"] for digit in image["digits"]] == [*sheet[1].replace("\n", "")]
    left, top, right, bottom = image["digits"][0]["box"]
    assert 15 <= left < right <= 99
    assert 20 <= top < bottom <= 104


def test_the_annotated_picture_has_boxes_and_paper_for_the_classes(sheet: tuple[Path, str], tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    assert call("predict", sheet[0], "--save-annotated", out).exit_code == 0
    with Image.open(out) as picture:
        assert picture.width == 340
        colours = np.asarray(picture)
    above = len(colours) - 260
    assert 0 < above <= 42  # half the height of a digit
    assert not (colours[:above] == 235).all(axis=2).any()
    assert (colours[above:, 0] == 235).all()
    assert (colours == (0, 114, 178)).all(axis=2).sum() > 500


def test_only_one_picture_is_annotated(sheet: tuple[Path, str], tmp_path: Path) -> None:
    result = call("predict", sheet[0], sheet[0], "--save-annotated", tmp_path / "out.png")
    assert result.exit_code == 2
    assert (
        "Error: --save-annotated is for one picture\n  found: 2 pictures\n  to do: give one picture at a time"
        in result.stderr
    )


def test_csv_has_a_row_for_each_line_of_each_page(sheet: tuple[Path, str], tmp_path: Path) -> None:
    path, text = sheet
    with Image.open(path) as page:
        blank = Image.new("L", page.size, 235)
        page.save(tmp_path / "scan.tif", save_all=True, append_images=[blank, page])
    result = call("predict", tmp_path, "--csv")
    header, *rows = csv.reader(io.StringIO(result.stdout))
    assert header == ["file", "page", "line", "text", "probability"]
    lines = text.split("\n")
    expected = [[str(tmp_path / "scan.tif"), page, str(n), line] for page in "13" for n, line in enumerate(lines, 1)]
    assert [row[:4] for row in rows] == expected
    assert all(0.5 < float(row[4]) <= 1 for row in rows)
    shown = call("predict", tmp_path / "scan.tif", "--text").stdout
    assert shown == "".join(
        f"{tmp_path / 'scan.tif'}, page {n} of 3:\n{said}"
        for n, said in zip((1, 2, 3), (f"{text}\n", "", f"{text}\n"), strict=True)
    )


def test_a_page_without_digits_is_told(tmp_path: Path) -> None:
    for name, grey in (("black", 0), ("white", 255)):
        Image.new("L", (300, 200), grey).save(tmp_path / f"{name}.png")
    result = call("predict", tmp_path, "--text")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "".join(f"{tmp_path}/{name}.png: no digits found\n" for name in ("black", "white"))


def test_only_one_form_of_output(sheet: tuple[Path, str]) -> None:
    result = call("predict", sheet[0], "--csv", "--json")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: two forms of output\n  found: --json and --csv\n  to do: give one of them\n",
    )


def test_text_needs_no_bundle_of_single_digits(sheet: tuple[Path, str]) -> None:
    assert call("predict", sheet[0], "--text", "--model", "no-such-bundle").stdout == f"{sheet[1]}\n"


def test_several_digits_are_named_instead_of_no_digit(sheet: tuple[Path, str]) -> None:
    assert call("predict", sheet[0]).stdout == f"{sheet[0]}: several digits: use --text\n"
