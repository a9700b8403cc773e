"""digitlab predict: the class of each picture, or all digits in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitlab.cli.fields import HEADER, field_documents, field_rows, say_fields
from digitlab.cli.options import Json, Model, expanded
from digitlab.cli.printing import print_csv, print_json, say, say_error
from digitlab.errors import UsageError

if TYPE_CHECKING:
    from digitlab.runtime.files import Answer
    from digitlab.runtime.reader.form import Form
    from digitlab.runtime.reader.reading import Reading

Pictures = Annotated[list[str], typer.Argument(metavar="IMAGE…", help="Files, folders, or - for standard input.")]


def predict(
    images: Pictures,
    model: Model = "robust",
    text: Annotated[
        bool, typer.Option("--text", help="Read all digits of each picture, line by line, whatever the model.")
    ] = False,
    punctuation: Annotated[
        bool, typer.Option("--punctuation", help="Read points, minus signs and slashes, too.")
    ] = False,
    table: Annotated[
        bool, typer.Option("--table", help="Read a table: its numbers row by row, as CSV or, with --json, as lists.")
    ] = False,
    as_csv: Annotated[
        bool,
        typer.Option("--csv", help="Read all digits; a row of CSV for each line: file, page, line, text, probability."),
    ] = False,
    save_annotated: Annotated[
        Path | None, typer.Option(callback=expanded, help="PNG to write for one picture, with boxes and answers.")
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option(callback=expanded, help="TOML with the picture and the boxes of a form, whose fields are read."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what each picture shows.

    Drawings, scans or photos of any size; digits dark on light or light on dark.  Needs no TensorFlow.
    """
    from digitlab.runtime.files import answers
    from digitlab.runtime.predictor import load_model
    from digitlab.runtime.reader.form import Form

    _refuse_two_forms({"--json": as_json, "--csv": as_csv, "--table": table and not as_json})
    _refuse_two_forms({"--template": template, "--table": table, "--save-annotated": save_annotated})
    sheets = text or punctuation or table or as_csv or save_annotated or template
    output = "json" if as_json else "csv" if as_csv else "table" if table else "text"
    form = Form(template) if template else None
    found = _printed(answers(images, None if sheets else load_model(model), form), output, punctuation, form)
    if save_annotated:
        _annotate(save_annotated, found)
    if any(answer.error for answer in found):
        raise typer.Exit(UsageError.exit_code)


def _printed(answers: Iterable[Answer], output: str, punctuation: bool, form: Form | None) -> list[Answer]:
    """The answers, printed as they come; one document of JSON at the end."""
    found: list[Answer] = []
    if output == "csv":
        print_csv([HEADER if form else ["file", "page", "line", "text", "probability"]])
    for answer in answers:
        if answer.left_out:
            say(f"Left out of {answer.file}: {answer.left_out}, which are no pictures digitlab reads", err=True)
            continue
        found.append(answer if not found else replace(answer, picture=None))  # a page takes 15 MB
        if answer.error:
            say_error(answer.error)
        elif output != "json":
            _say(answer, output, punctuation)
    if output == "json":
        print_json({"images": [_document(answer) for answer in found]})
    return found


def _refuse_two_forms(forms: dict[str, object]) -> None:
    chosen = [name for name, taken in forms.items() if taken]
    if len(chosen) > 1:
        raise UsageError("two forms of output", found=" and ".join(chosen), remedy="give one of them")


def _say(answer: Answer, output: str, punctuation: bool) -> None:
    if answer.fields and output == "csv":
        print_csv(field_rows(answer, punctuation))
    elif answer.fields:
        say_fields(answer, punctuation)
    elif not answer.reading:
        more = f" (page 1 of {answer.pages}; --text reads all)" if answer.pages > 1 else ""
        say(f"{answer.file}: {answer.verdict}{more}")
    elif output == "csv":
        print_csv(_rows(answer.file, answer.page, answer.reading, punctuation))
    else:
        _say_page(answer, answer.reading, output, punctuation)


def _say_page(answer: Answer, reading: Reading, output: str, punctuation: bool) -> None:
    from digitlab.runtime.reader.table import table_of

    if answer.pages > 1:
        say(f"{answer.file}, page {answer.page} of {answer.pages}:")
    if not reading.text:
        say(f"{answer.file}: no digits found", err=True)
    elif output == "table":
        print_csv(table_of(reading))
    else:
        say(*_texts(reading, punctuation))


def _texts(reading: Reading, punctuation: bool) -> list[str]:
    return (reading.written if punctuation else reading.text).split("\n")


def _rows(file: str, page: int, reading: Reading, punctuation: bool) -> list[list[str]]:
    """A row a line; its probability is that all of its digits are right, if they are independent."""
    pairs = zip(_texts(reading, punctuation), reading.lines, strict=True) if reading.text else ()
    return [
        [file, str(page), str(number), text, f"{prod(digit.probability for digit in line):.4f}"]
        for number, (text, line) in enumerate(pairs, 1)
    ]


def _document(answer: Answer) -> dict[str, Any]:
    if answer.error:
        return {"file": answer.file, "status": "error", "error": str(answer.error)}
    if answer.fields:
        return {
            "file": answer.file,
            "page": answer.page,
            "pages": answer.pages,
            "status": "form",
            "fields": field_documents(answer),
        }
    if answer.reading:
        from digitlab.runtime.reader.table import table_of

        digits = [
            {"box": digit.box, "label": str(digit.label), "probability": digit.probability}
            for line in answer.reading.lines
            for digit in line
        ]
        return {
            "file": answer.file,
            "page": answer.page,
            "pages": answer.pages,
            "status": "text",
            "text": answer.reading.text,
            "written": answer.reading.written,
            "table": table_of(answer.reading),
            "turned": answer.reading.turned,
            "digits": digits,
        }
    assert answer.verdict is not None
    return {
        "file": answer.file,
        "pages": answer.pages,  # of which the first is answered
        "status": answer.verdict.status,
        "text": answer.verdict.short,
        "label": answer.verdict.label,
        "probability": answer.verdict.probability,
        "probabilities": list(answer.verdict.probabilities),
    }


def _annotate(path: Path, found: list[Answer]) -> None:
    from digitlab.base.files import write_bytes
    from digitlab.runtime.annotate import annotated_png

    if len(found) != 1:
        raise UsageError(
            "--save-annotated is for one picture", found=f"{len(found)} pictures", remedy="give one picture at a time"
        )
    if found[0].reading and found[0].picture is not None:
        write_bytes(path, annotated_png(found[0].picture, found[0].reading))
