"""A lesson: a sheet in Markdown that is shown beside the panels, step by step.

Each heading of the second level begins a step.  A comment below it says which panel the step speaks of, in the words
that stand in a link (`link.View`); whoever reads the sheet elsewhere does not see it:

    ## 3. Why a 3?

    <!-- lab: panel=why&why=softmax -->
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import markdown2

from digitlab.errors import DataError
from digitlab.files import reading
from digitlab.lab.link import PANELS, View

MOST_BYTES = 2**20  # of the sheet, and of each of its pictures
_SHOWN = re.compile(r"<!--\s*lab:\s*(?P<query>\S+)\s*-->")
_PICTURE = re.compile(r'(<img[^>]*\bsrc=")(?P<path>[^":]+)(")')
_LINK = re.compile(r'<a href="(?P<target>[^"]+)">(?P<text>.*?)</a>', re.DOTALL)
_KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


@dataclass(frozen=True)
class Step:
    """One part of the sheet.

    Attributes:
        title: its heading.
        html: its text.
        shows: what the panels are set to, as in a link; empty: they stay as they are.
    """

    title: str
    html: str
    shows: dict[str, str]


@dataclass(frozen=True)
class Lesson:
    """A sheet; the first step is what stands before the second heading."""

    title: str
    steps: tuple[Step, ...]


def read_lesson(path: Path) -> Lesson:
    """Read a sheet (raises DataError where it cannot be read, has no step, or names a panel that is none)."""
    with reading(path, "give a Markdown file"):
        text = path.read_bytes()[:MOST_BYTES].decode()
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
    html = _PICTURE.sub(lambda found: f"{found[1]}{_embedded(path.parent / found['path'])}{found[3]}", html)
    return Step(title.strip(), _LINK.sub(_linked, html), shows)


def _embedded(picture: Path) -> str:
    """The picture as an address that carries it: the page gives out no files of the folder."""
    kind = _KINDS.get(picture.suffix.lower())
    if kind is None or not picture.is_file() or picture.stat().st_size > MOST_BYTES:
        return ""
    return f"data:{kind};base64,{base64.b64encode(picture.read_bytes()).decode()}"


def _linked(found: re.Match[str]) -> str:
    """Links into the web open beside the lab; those to other files of the project lead nowhere here."""
    if urlsplit(found["target"]).scheme not in ("http", "https"):
        return found["text"]
    return f'<a href="{found["target"]}" target="_blank" rel="noopener">{found["text"]}</a>'
