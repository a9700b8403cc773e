"""digitlab check: what is probably wrong with a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from digitlab.checker.findings import Found


def check(
    spec: Annotated[str, typer.Argument(metavar="FILE[:NAME]|RUN", help="Your script or notebook, or the run of one.")],
    data: Annotated[
        str | None, typer.Option(help="mnist, fashion-mnist, synthetic, or a folder, .npz or .csv.")
    ] = None,
    every_rule: Annotated[bool, typer.Option("--all", help="Also the rules that are off by default.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Write FILE.fixed.py: old names of Keras replaced.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Look for mistakes in a model, its loss and its training step, by what they do; exit 1 if there is an error."""
    from rich.console import Console

    from digitlab.checker.command import check_spec

    with Console(stderr=True).status(f"Checking {Path(spec).name} …"):
        found = check_spec(spec, data, every_rule=every_rule, fix=fix)
    if as_json:
        typer.echo(json.dumps(_document(spec, found), indent=2))
    else:
        _tell(found)
        if fix:
            typer.echo(f"\n{found.diff}" if found.diff else "\nThere is nothing to replace; no file was written.")
    if any(finding.severity == "error" for finding in found):
        raise typer.Exit(1)


def _document(spec: str, found: Found) -> dict[str, Any]:
    findings = [finding.document() for finding in found]
    return {"checked": spec, "findings": findings, "notes": found.notes, "diff": found.diff}


def _tell(found: Found) -> None:
    from digitlab.checker.findings import told

    for note in found.notes:
        typer.echo(f"Note: {note}.")
    typer.echo(told(found))
