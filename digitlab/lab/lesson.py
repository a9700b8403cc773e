"""A lesson: a sheet in Markdown that is shown beside the panels, step by step.

Each heading of the second level begins a step.  A comment below it says which panel the step speaks of, in the words
that stand in a link (`link.View`); whoever reads the sheet elsewhere does not see it:

    ## 3. Why a 3?

    <!-- lab: panel=why&why=softmax -->

A sheet may come from anybody, so its HTML goes through a list of what is allowed: no scripts, frames or forms.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import parse_qs

import markdown2
import nh3
from markupsafe import Markup

from digitlab.base.files import read_capped, reading
from digitlab.errors import DataError
from digitlab.lab.link import PANELS, View

MOST_BYTES = 2**20  # of the sheet, and of each of its pictures
_SHOWN = re.compile(r"<!--\s*lab:\s*(?P<query>\S+)\s*-->")
_CELL = {"align", "style"}
_ATTRIBUTES = {**nh3.ALLOWED_ATTRIBUTES, "td": _CELL, "th": _CELL}
_WEB = ("http://", "https://")
_KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


@dataclass(frozen=True)
class Step:
    """One part of the sheet.

    Attributes:
        title: its heading.
        html: its text, sanitised.
        shows: what the panels are set to, as in a link; empty: they stay as they are.
    """

    title: str
    html: Markup
    shows: dict[str, str]


@dataclass(frozen=True)
class Lesson:
    """A sheet; the first step is what stands before the second heading."""

    title: str
    steps: tuple[Step, ...]


def read_lesson(path: Path) -> Lesson:
    """Read a sheet (raises DataError where it cannot be read, has no step, or names a panel that is none)."""
    with reading(path, "give a Markdown file"):
        text = read_capped(path, MOST_BYTES).decode()
    title = next((line[2:].strip() for line in text.splitlines() if line.startswith("# ")), path.stem)
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    if not parts:
        raise DataError(f"{path} is no lesson", found="no heading «## …»", remedy="begin each step with such a heading")
    return Lesson(title, tuple(_step(part, path) for part in parts))


def _step(part: str, path: Path) -> Step:
    title, _, text = part.partition("\n")
    marked = _SHOWN.search(text)
    shows = {name: values[-1] for name, values in parse_qs(marked["query"]).items()} if marked else {}
    if unknown := set(shows) - {part.name for part in fields(View)}:
        raise DataError(
            f"{path} speaks of what no panel has",
            found=f"{', '.join(sorted(unknown))}, in the step «{title.strip()}»",
            remedy="copy what stands after the «?» in the address of the page",
        )
    if shows.get("panel", "draw") not in PANELS:
        raise DataError(
            f"{path} speaks of a panel that there is not",
            found=f"panel={shows['panel']}, in the step «{title.strip()}»",
            remedy=f"name one of {', '.join(PANELS)}",
        )
    html = markdown2.markdown(_SHOWN.sub("", text), extras=["fenced-code-blocks", "tables", "cuddled-lists"])
    return Step(title.strip(), _sanitised(html, path.parent), shows)


def _sanitised(html: str, folder: Path) -> Markup:
    def kept(tag: str, attribute: str, value: str) -> str | None:
        """Pictures are carried along; links into the web open beside the lab, those to other files lead nowhere."""
        if (tag, attribute) == ("img", "src"):
            return _embedded(folder / value)
        return None if attribute == "href" and not value.startswith(_WEB) else value

    return Markup(
        nh3.clean(
            html,
            attributes=_ATTRIBUTES,
            attribute_filter=kept,
            filter_style_properties={"text-align"},
            set_tag_attribute_values={"a": {"target": "_blank"}},
        )
    )


def _embedded(picture: Path) -> str | None:
    """The picture as an address that carries it: the page gives out no files of the folder."""
    kind = _KINDS.get(picture.suffix.lower())
    if kind is None or not picture.is_file() or picture.stat().st_size > MOST_BYTES:
        return None
    return f"data:{kind};base64,{base64.b64encode(picture.read_bytes()).decode()}"
