"""Predictions for many picture files; one that cannot be read does not stop the others."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitlab.errors import DataError, DigitlabError
from digitlab.images.decode import MAX_BYTES, open_picture
from digitlab.images.picture import Picture
from digitlab.runtime.predictor import Predictor
from digitlab.runtime.reader.network import line_network
from digitlab.runtime.reader.reading import Reading, read
from digitlab.runtime.verdict import Verdict

ENDINGS = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Answer:
    """The answer for one file: a verdict, the reading of a sheet, or the error."""

    file: str
    picture: Picture | None = None
    verdict: Verdict | None = None
    reading: Reading | None = None
    error: DigitlabError | None = None


def answers(predictor: Predictor, names: Sequence[str], *, sheets: bool = False) -> Iterator[Answer]:
    """Answer each file; a folder means the pictures in it, "-" standard input; in `sheets` each has several digits."""
    for name in names:
        try:
            files = _pictures_in(name)
        except DataError as error:
            yield Answer(name, error=error)
            continue
        for file in files:
            yield _answer(predictor, file, sheets)


def _answer(predictor: Predictor, file: str, sheet: bool) -> Answer:
    try:
        picture = open_picture(source(file), colour=predictor.takes_colour and not sheet)
        if sheet:
            return Answer(file, picture, reading=read(picture, line_network()))
        return Answer(file, picture, verdict=predictor.answer(picture))
    except DigitlabError as error:
        return Answer(file, error=error)


def source(name: str) -> Path | bytes:
    """The argument of `open_picture` for a name on the command line."""
    if name != STANDARD_INPUT:
        return Path(name).expanduser()
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise DataError(
            "standard input is too large", found=f"more than {MAX_BYTES >> 20} MiB", remedy="give a smaller picture"
        )
    return content


def _pictures_in(name: str) -> list[str]:
    folder = Path(name).expanduser()
    if name != STANDARD_INPUT and not folder.exists():
        raise DataError(f"no such file: {name}", found="nothing at this path", remedy="check the path")
    if not folder.is_dir():
        return [name]
    others = sorted(folder.iterdir())
    files = [path for path in others if path.suffix.lower() in ENDINGS]
    if not files:
        remedy = f"give a folder with files that end in {', '.join(sorted(ENDINGS))}"
        if any(path.is_dir() for path in others):
            remedy = f"give the folders in it, such as {folder / '*'}; or {remedy[5:]}"
        count = f"{len(others)} other " + ("entry" if len(others) == 1 else "entries")
        raise DataError(f"no pictures in {name}", found=count, remedy=remedy)
    return [str(file) for file in files]
