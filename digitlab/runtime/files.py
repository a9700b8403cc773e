"""Predictions for many picture files; one that cannot be read does not stop the others."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from digitlab.errors import DataError, DigitlabError
from digitlab.images.decode import MAX_BYTES, open_page
from digitlab.images.formats import ENDINGS
from digitlab.images.picture import Picture
from digitlab.runtime.predictor import Predictor
from digitlab.runtime.reader.form import Form, FormField
from digitlab.runtime.reader.network import line_network
from digitlab.runtime.reader.reading import Reading, read
from digitlab.runtime.reader.single import checked
from digitlab.runtime.several import with_several
from digitlab.runtime.verdict import Verdict

STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Answer:
    """Of a picture or page the verdict, reading, fields of a form, or error; or the files that were left out."""

    file: str
    picture: Picture | None = None
    verdict: Verdict | None = None
    reading: Reading | None = None
    fields: Sequence[FormField] = ()
    error: DigitlabError | None = None
    page: int = 1
    pages: int = 1  # of the file
    left_out: str = ""  # in a folder, the files that are no pictures, by their endings


def answers(names: Sequence[str], predictor: Predictor | None = None, form: Form | None = None) -> Iterator[Answer]:
    """Answer each file; a folder means the pictures in it, "-" standard input.

    Args:
        names: of files and folders.
        predictor: for pictures of one digit, of which the first page counts; None: all digits of all pages are read.
        form: of which all pages show filled ones; the boxes of each are read.
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
            yield from _answers(file, predictor, form)


def _answers(file: str, predictor: Predictor | None, form: Form | None) -> Iterator[Answer]:
    page = 1
    try:
        content = source(file)
        while True:
            colour = predictor is not None and predictor.takes_colour
            picture, _, pages, _ = open_page(content, page, colour=colour)
            if predictor is not None:
                verdict = with_several(predictor.answer(picture), predictor.info.preprocessing, picture)
                yield Answer(file, picture, verdict=verdict, pages=pages)
                return
            yield _page(Answer(file, picture, page=page, pages=pages), picture, form)
            page += 1
            if page > pages:
                return
    except DigitlabError as error:
        yield Answer(file, error=error, page=page)


def _page(answer: Answer, picture: Picture, form: Form | None) -> Answer:
    """The answer with what is read on its page; an error there does not stop the next pages."""
    try:
        if form is None:
            return replace(answer, reading=checked(read(picture, line_network())))
        name = f"{answer.file}, page {answer.page}," if answer.pages > 1 else answer.file
        return replace(answer, fields=form.read(picture, name))
    except DigitlabError as error:
        return replace(answer, picture=None, error=error)


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
