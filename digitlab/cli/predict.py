"""digitlab predict: which digit is in a picture."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitlab.errors import UsageError

if TYPE_CHECKING:
    from digitlab.runtime.files import Answer

Pictures = Annotated[list[str], typer.Argument(metavar="IMAGE…", help="Files, folders, or - for standard input.")]
Model = Annotated[str, typer.Option(help="A bundle, a run, or robust, mlp:128, softmax.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def predict(images: Pictures, model: Model = "robust", as_json: Json = False) -> None:
    """Say which digit each picture shows: a drawing, a scan or a photo, of any size, dark on light or light on dark."""
    from digitlab.runtime.files import answers
    from digitlab.runtime.predictor import load_model

    found = []
    for answer in answers(load_model(model), images):
        found.append(answer)
        if answer.error:
            typer.echo(f"Error: {answer.error}", err=True)
        elif not as_json:
            typer.echo(f"{answer.file}: {answer.verdict}")
    if as_json:
        typer.echo(json.dumps({"images": [_document(answer) for answer in found]}, indent=2))
    if any(answer.error for answer in found):
        raise typer.Exit(UsageError.exit_code)


def _document(answer: Answer) -> dict[str, Any]:
    verdict = answer.verdict
    if verdict is None:
        return {"file": answer.file, "status": "error", "error": str(answer.error)}
    return {
        "file": answer.file,
        "status": verdict.status,
        "label": verdict.label,
        "probability": verdict.probability,
        "probabilities": list(verdict.probabilities),
    }
