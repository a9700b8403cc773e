"""The guide to the checker and the pages of its rules."""

from __future__ import annotations

import re
from typing import Any

import pytest

from digitlab.checker.pages import pages
from tests.docs.page import DOCS, Page

PAGE = Page(DOCS / "checking.md")


def test_the_pages_are_those_that_the_rules_make() -> None:
    made = pages()
    assert {path.name: path.read_text("utf-8") for path in (DOCS / "checks").glob("*.md")} == made


@pytest.mark.parametrize("name", sorted(pages()))
def test_examples_are_python(name: str) -> None:
    for snippet in Page(DOCS / "checks" / name).blocks("python"):
        compile(snippet.replace("…", "..."), name, "exec")


def test_the_snippet_runs(capsys: pytest.CaptureFixture[str]) -> None:
    [snippet] = PAGE.blocks("python")
    values: dict[str, Any] = {}
    exec(snippet, values)
    assert capsys.readouterr().out.startswith("DL301 error: two layers follow one another without a non-linearity")


def test_links_lead_somewhere() -> None:
    PAGE.assert_links_lead_somewhere()
    Page(DOCS / "checks" / "README.md").assert_links_lead_somewhere()


def test_the_contract_stands_there() -> None:
    [mutants, found, first] = re.findall(
        r"^\| \*\*all\*\* \| (\d+) \| ([\d.]+)% \| ([\d.]+)% \|$", PAGE.text, re.MULTILINE
    )[0]
    assert int(mutants) >= 100
    assert float(found) >= 95
    assert float(first) >= 90
