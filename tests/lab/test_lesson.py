from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from digitlab.data.dataset import Split
from digitlab.errors import DataError
from digitlab.lab.lesson import read_lesson
from digitlab.lab.panels.lesson import opening
from tests.docs.page import Page

SHEET = """\
# Two steps

Before the first one.

## Draw

<!-- lab: panel=draw&models=softmax -->

Draw a **3**, see [the lab](lab.md) and [the field](https://example.org).

## Why

<!-- lab: panel=why -->

| x | w |
| --- | --- |
| 1 | 2 |
"""


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.md"
    path.write_text(SHEET, encoding="utf-8")
    return path


def test_each_heading_is_a_step_that_says_what_it_shows(sheet: Path) -> None:
    lesson = read_lesson(sheet)
    assert lesson.title == "Two steps"
    assert [(step.title, step.settings) for step in lesson.steps] == [
        ("Draw", {"panel": "draw", "models": "softmax"}),
        ("Why", {"panel": "why"}),
    ]
    assert "lab:" not in lesson.steps[0].html
    assert "<table>" in lesson.steps[1].html


def test_links_into_the_project_are_words_and_those_into_the_web_open_beside(sheet: Path) -> None:
    html = read_lesson(sheet).steps[0].html
    assert "lab.md" not in html
    assert '<a href="https://example.org" target="_blank" rel="noopener noreferrer">' in html


def test_what_the_address_says_goes_before_what_the_step_says(sheet: Path) -> None:
    lesson = read_lesson(sheet)
    assert opening(lesson, {}).models == ["softmax"]
    assert opening(lesson, {"models": "robust"}).models == ["robust"]
    assert opening(lesson, {"step": "1"}).panel == "why"
    assert opening(lesson, {"step": "99"}).step == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# No step", r"is not a lesson\n  found: no heading"),
        ("## A\n<!-- lab: panel=nowhere -->", r' names an unknown panel\n  found: panel=nowhere, in the step "A"'),
        ("## A\n<!-- lab: pane=draw -->", r' uses an unknown option\n  found: pane, in the step "A"'),
    ],
)
def test_a_sheet_that_cannot_be_shown_is_told(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "sheet.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=problem):
        read_lesson(path)


def test_a_sheet_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*sheet.md"):
        read_lesson(tmp_path / "sheet.md")


def test_the_labs_own_lesson_opens_every_panel() -> None:
    path = Path(__file__).parents[2] / "docs" / "lessons" / "softmax.md"
    lesson = read_lesson(path)
    assert {step.settings["panel"] for step in lesson.steps} == {"draw", "why", "train", "mistakes", "compare"}
    Page(path).assert_links_lead_somewhere()


def test_a_picture_in_a_sheet_is_carried_along(sheet: Path, held_out: Split) -> None:
    Image.fromarray(held_out.images[0]).save(sheet.parent / "three.png")
    sheet.write_text("## A\n![A digit](three.png) ![Not there](four.png)", encoding="utf-8")
    html = read_lesson(sheet).steps[0].html
    assert 'src="data:image/png;base64,' in html
    assert '<img alt="Not there">' in html


@pytest.mark.parametrize(
    "attack",
    [
        "<script>document.title = 'taken'</script>",
        "<img src=x onerror=\"document.title = 'taken'\">",
        "<svg onload=\"document.title = 'taken'\"></svg>",
        "<iframe src='https://example.org'></iframe>",
        "<form action='/lab/answer'><input name=q></form>",
        "<a href='javascript:document.title = 1'>here</a>",
        "[here](javascript:document.title)",
        "<style>* { display: none }</style>",
        "<base href='https://example.org'>",
        "<meta http-equiv='refresh' content='0; url=https://example.org'>",
        "![far away](https://example.org/pixel.png)",
    ],
)
def test_what_a_sheet_must_not_do_is_left_out(tmp_path: Path, attack: str) -> None:
    path = tmp_path / "sheet.md"
    path.write_text(f"## A\nbefore\n\n{attack}\n\nafter", encoding="utf-8")
    html = read_lesson(path).steps[0].html
    assert "before" in html
    assert "after" in html
    for trace in (
        "script",
        "onerror",
        "onload",
        "<iframe",
        "<form",
        "<input",
        "<style",
        "<base",
        "<meta",
        "example.org",
    ):
        assert trace not in html


def test_code_in_a_sheet_is_shown_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "sheet.md"
    path.write_text("## A\n```html\n<script>x</script>\n```\n", encoding="utf-8")
    html = read_lesson(path).steps[0].html
    assert "<script" not in html
    assert "&lt;" in html
