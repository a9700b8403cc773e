"""Many picture files, answered one by one; one that cannot be read does not stop the others."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitlab.errors import DataError, DigitlabError
from digitlab.images.decode import open_picture
from digitlab.images.picture import Picture
from digitlab.runtime.predictor import Predictor
from digitlab.runtime.reader.reading import Reading, read
from digitlab.runtime.verdict import Verdict

ENDINGS = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
STANDARD_INPUT = "-"
MOST_BYTES = 64 * 2**20  # that are read from standard input


@dataclass(frozen=True)
class Answer:
    """What is said about one file: a verdict, or of a sheet its reading; where it could not be read, why."""

    file: str
    picture: Picture | None = None
    verdict: Verdict | None = None
    reading: Reading | None = None
    error: DigitlabError | None = None


def answers(predictor: Predictor, names: Sequence[str], *, sheets: bool = False) -> Iterator[Answer]:
    """Answer each file; a folder stands for the pictures in it, «-» for standard input.

    Args:
        predictor: a bundle at work.
        names: files, folders and «-».
        sheets: each picture shows several digits.
    """
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
            return Answer(file, picture, reading=read(picture, predictor.predict, predictor.info.preprocessing))
        return Answer(file, picture, verdict=predictor.answer(picture))
    except DigitlabError as error:
        return Answer(file, error=error)


def source(name: str) -> Path | bytes:
    """What `open_picture` takes for a name on the command line."""
    if name != STANDARD_INPUT:
        return Path(name).expanduser()
    content = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise DataError(
            "standard input is too large", found=f"more than {MOST_BYTES >> 20} MiB", remedy="give a smaller picture"
        )
    return content


def _pictures_in(name: str) -> list[str]:
    folder = Path(name).expanduser()
    if name != STANDARD_INPUT and not folder.exists():
        raise DataError(f"there is no file {name}", found="nothing at this path", remedy="check the path")
    if not folder.is_dir():
        return [name]
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    if not files:
        others = list(folder.iterdir())
        remedy = f"give a folder with files that end with {', '.join(sorted(ENDINGS))}"
        if any(path.is_dir() for path in others):
            remedy = f"give the folders in it, as {folder / '*'}; or {remedy[5:]}"
        count = f"{len(others)} other " + ("entry" if len(others) == 1 else "entries")
        raise DataError(f"there is no picture in {name}", found=count, remedy=remedy)
    return [str(file) for file in files]
