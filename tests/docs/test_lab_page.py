"""What the page on the lab page shows, tried."""

from __future__ import annotations

from pathlib import Path

from digitlab.data import synthetic
from digitlab.lab.lesson import read_lesson
from digitlab.runs.catalog import list_runs
from tests.docs.page import DOCS, ROOT, Page
from tests.examples.conftest import run_example

PAGE = Page(DOCS / "lab-page.md")
HEAD = "for epoch in range(1, EPOCHS + 1):\n"


def test_links_and_pictures_are_there() -> None:
    PAGE.assert_links_lead_somewhere()
    PAGE.assert_pictures_are_there_and_small()


def test_the_shown_line_makes_the_labs_script_a_run(tmp_path: Path) -> None:
    script = (ROOT / "examples" / "mnist_softmax.py").read_text("utf-8")
    (line,) = PAGE.blocks("python")
    assert script.count(HEAD) == 1
    (tmp_path / "watched.py").write_text("import digitlab\n" + script.replace(HEAD, line), "utf-8")
    digits = synthetic.generate(seed=0, train=5_500, test=100)  # 5,000 of them to validate with
    run_example(tmp_path / "watched.py", digits, tmp_path)
    (run,) = list_runs(tmp_path / "runs")
    assert (run.state, len(run.history), run.info.parameters) == ("done", 1, 7850)
    assert run.history[0].valid_accuracy > 0


def test_the_shown_lesson_can_be_read(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.md"
    (step,) = PAGE.blocks("text")
    sheet.write_text(step, "utf-8")
    assert read_lesson(sheet).steps[0].settings == {"panel": "why", "why": "softmax"}
