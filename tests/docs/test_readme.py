"""The front page: short, with something to run at its top, and links that lead somewhere."""

from __future__ import annotations

import shlex

import pytest
from typer.main import get_command

from digitlab.cli.main import app
from tests.docs.page import DOCS, ROOT, Page

PAGES = [Page(ROOT / "README.md"), Page(DOCS / "install.md"), Page(DOCS / "measured.md")]


def test_it_is_short_and_begins_with_what_to_run() -> None:
    text = PAGES[0].text
    assert len(text.split()) <= 700
    first = text.splitlines().index("```sh") + 1
    assert first <= 20
    assert [line.split(" #")[0].strip() for line in PAGES[0].lines_of_shell()[:2]] == ["make train", "make test"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_links_and_pictures_are_there(page: Page) -> None:
    page.assert_links_lead_somewhere()
    page.assert_pictures_are_there_and_small()


def test_the_shown_commands_exist() -> None:
    known = get_command(app).commands  # type: ignore[attr-defined]
    lines = [line for page in PAGES for line in page.text.splitlines() if line.startswith("$ digitlab ")]
    lines += [f"$ {line}" for page in PAGES for line in page.commands("digitlab")]
    used = {shlex.split(line, comments=True)[2] for line in lines}
    assert {"train", "predict", "serve"} <= used
    assert used <= set(known)
