"""digitlab predict: the class of each picture, or all digits in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitlab.cli.options import Json, Model, expanded
from digitlab.cli.printing import print_json, say, say_error
from digitlab.errors import UsageError

if TYPE_CHECKING:
    from digitlab.runtime.files import Answer
    from digitlab.runtime.reader.reading import Reading

Pictures = Annotated[list[str], typer.Argument(metavar="IMAGE…", help="Files, folders, or - for standard input.")]


def predict(
    images: Pictures,
    model: Model = "robust",
    text: Annotated[bool, typer.Option("--text", help="Read all digits of each picture, line by line.")] = False,
    punctuation: Annotated[
        bool, typer.Option("--punctuation", help="Read points, minus signs and slashes, too.")
    ] = False,
    table: Annotated[
        bool, typer.Option("--table", help="Read a table: its numbers row by row, as CSV or, with --json, as lists.")
    ] = False,
    save_annotated: Annotated[
        Path | None, typer.Option(callback=expanded, help="PNG to write for one picture, with boxes and answers.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what each picture shows.

    Drawings, scans or photos of any size; digits dark on light or light on dark.  Needs no TensorFlow.
    """
    from digitlab.runtime.files import answers
    from digitlab.runtime.predictor import load_model

    sheets = text or punctuation or table or save_annotated is not None
    predictor, found = load_model(model), []
    for answer in answers(predictor, images, sheets=sheets):
        found.append(answer)
        if answer.error:
            say_error(answer.error)
        elif answer.reading and not as_json:
            say(*_lines(answer.reading, punctuation, table))
        elif not as_json:
            say(f"{answer.file}: {answer.verdict}")
    if as_json:
        print_json({"images": [_document(answer) for answer in found]})
    if save_annotated:
        _annotate(save_annotated, found)
    if any(answer.error for answer in found):
        raise typer.Exit(UsageError.exit_code)


def _lines(reading: Reading, punctuation: bool, table: bool) -> list[str]:
    from digitlab.runtime.reader.table import table_of

    if table:
        return [",".join(row) for row in table_of(reading)]
    return (reading.written if punctuation else reading.text).split("\n")


def _document(answer: Answer) -> dict[str, Any]:
    if answer.error:
        return {"file": answer.file, "status": "error", "error": str(answer.error)}
    if answer.reading:
        from digitlab.runtime.reader.table import table_of

        digits = [
            {"box": digit.box, "label": str(digit.label), "probability": digit.probability}
            for line in answer.reading.lines
            for digit in line
        ]
        return {
            "file": answer.file,
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
        "status": answer.verdict.status,
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
