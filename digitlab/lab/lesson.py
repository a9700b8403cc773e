"""A lesson: a Markdown sheet that is shown beside the panels, step by step.

Each heading of the second level begins a step.  A comment below it sets the panels, with the query of a link
(`link.View`); other Markdown viewers do not show it:

    ## 3. Why a 3?

    <!-- lab: panel=why&why=softmax -->

A sheet may come from anybody, so its HTML is sanitised: no scripts, frames or forms.
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

MAX_BYTES = 2**20  # of the sheet, and of each of its pictures
_SETTINGS = re.compile(r"<!--\s*lab:\s*(?P<query>\S+)\s*-->")
_CELL = {"align", "style"}
_ATTRIBUTES = {**nh3.ALLOWED_ATTRIBUTES, "td": _CELL, "th": _CELL}
_WEB = ("http://", "https://")
_KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


@dataclass(frozen=True)
class Step:
    """One part of the sheet."""

    title: str
    html: Markup  # sanitised
    settings: dict[str, str]  # of the panels, as in a link; what is missing stays as it is


@dataclass(frozen=True)
class Lesson:
    """A sheet and its steps."""

    title: str
    steps: tuple[Step, ...]


def read_lesson(path: Path) -> Lesson:
    """Read a sheet (raises DataError: it cannot be read, has no step, or uses an unknown option or panel)."""
    with reading(path, "give a Markdown file"):
        text = read_capped(path, MAX_BYTES).decode()
    title = next((line[2:].strip() for line in text.splitlines() if line.startswith("# ")), path.stem)
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    if not parts:
        raise DataError(f"{path} is not a lesson", found='no heading "## …"', remedy="begin each step with one")
    return Lesson(title, tuple(_step(part, path) for part in parts))


def _step(part: str, path: Path) -> Step:
    title, _, text = part.partition("\n")
    marked = _SETTINGS.search(text)
    settings = {name: values[-1] for name, values in parse_qs(marked["query"]).items()} if marked else {}
    if unknown := set(settings) - {part.name for part in fields(View)}:
        raise DataError(
            f"{path} uses an unknown option",
            found=f'{", ".join(sorted(unknown))}, in the step "{title.strip()}"',
            remedy='copy the part after the "?" from the address of the page',
        )
    if settings.get("panel", "draw") not in PANELS:
        raise DataError(
            f"{path} names an unknown panel",
            found=f'panel={settings["panel"]}, in the step "{title.strip()}"',
            remedy=f"use one of {', '.join(PANELS)}",
        )
    html = markdown2.markdown(_SETTINGS.sub("", text), extras=["fenced-code-blocks", "tables", "cuddled-lists"])
    return Step(title.strip(), _sanitised(html, path.parent), settings)


def _sanitised(html: str, folder: Path) -> Markup:
    def kept(tag: str, attribute: str, value: str) -> str | None:
        """Embed pictures; keep links to the web, which open beside the lab, and remove those to other files."""
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
    """The picture as a `data:` address: the page serves no files of the folder."""
    kind = _KINDS.get(picture.suffix.lower())
    if kind is None or not picture.is_file() or picture.stat().st_size > MAX_BYTES:
        return None
    return f"data:{kind};base64,{base64.b64encode(picture.read_bytes()).decode()}"
