"""Predictions for many picture files; one that cannot be read does not stop the others."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitlab.errors import DataError, DigitlabError
from digitlab.images.decode import MAX_BYTES, open_page
from digitlab.images.formats import ENDINGS
from digitlab.images.picture import Picture
from digitlab.runtime.predictor import Predictor
from digitlab.runtime.reader.network import line_network
from digitlab.runtime.reader.reading import Reading, read
from digitlab.runtime.reader.single import checked
from digitlab.runtime.several import with_several
from digitlab.runtime.verdict import Verdict

STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Answer:
    """The answer for one picture or page: a verdict, the reading of a sheet, or the error; or the files left out."""

    file: str
    picture: Picture | None = None
    verdict: Verdict | None = None
    reading: Reading | None = None
    error: DigitlabError | None = None
    page: int = 1
    pages: int = 1  # of the file
    left_out: str = ""  # in a folder, the files that are no pictures, by their endings


def answers(names: Sequence[str], predictor: Predictor | None = None) -> Iterator[Answer]:
    """Answer each file; a folder means the pictures in it, "-" standard input.

    Args:
        names: of files and folders.
        predictor: for pictures of one digit, of which the first page counts; None: all digits of all pages are read.
    """
    for name in names:
        try:
            files, others = _pictures_in(name)
        except DataError as error:
            yield Answer(name, error=error)
            continue
        if others:
            yield Answer(name, left_out=_listed(others))
        for file in files:
            yield from _answers(file, predictor)


def _answers(file: str, predictor: Predictor | None) -> Iterator[Answer]:
    page = 1
    try:
        content = source(file)
        while True:
            picture, _, pages = open_page(content, page, colour=predictor is not None and predictor.takes_colour)
            if predictor is not None:
                verdict = with_several(predictor.answer(picture), predictor.info.preprocessing, picture)
                yield Answer(file, picture, verdict=verdict, pages=pages)
                return
            yield Answer(file, picture, reading=checked(read(picture, line_network())), page=page, pages=pages)
            page += 1
            if page > pages:
                return
    except DigitlabError as error:
        yield Answer(file, error=error, page=page)


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


def _listed(paths: list[Path]) -> str:
    """`3 files (2 .txt, 1 .svg)`."""
    counts = Counter(path.suffix.lower() or path.name for path in paths)
    total = f"{len(paths)} file{'s' * (len(paths) != 1)}"
    return f"{total} ({', '.join(f'{count} {ending}' for ending, count in counts.most_common())})"


def _pictures_in(name: str) -> tuple[list[str], list[Path]]:
    """The pictures that a name means, and the other files of a folder."""
    folder = Path(name).expanduser()
    if name != STANDARD_INPUT and not folder.exists():
        raise DataError(f"no such file: {name}", found="nothing at this path", remedy="check the path")
    if not folder.is_dir():
        return [name], []
    entries = sorted(folder.iterdir())
    files = [path for path in entries if path.suffix.lower() in ENDINGS]
    if not files:
        remedy = f"give a folder with files that end in {', '.join(sorted(ENDINGS))}"
        if any(path.is_dir() for path in entries):
            remedy = f"give the folders in it, such as {folder / '*'}; or {remedy[5:]}"
        count = f"{len(entries)} other " + ("entry" if len(entries) == 1 else "entries")
        raise DataError(f"no pictures in {name}", found=count, remedy=remedy)
    others = [path for path in entries if path not in files and path.is_file() and not path.name.startswith(".")]
    return [str(file) for file in files], others
