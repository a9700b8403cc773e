"""digitlab check: what is probably wrong with a program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitlab.base.terminal import width_of
from digitlab.cli.options import Data, Gray, ImageSize, Json, Trust
from digitlab.cli.printing import print_json, say
from digitlab.visible import one_line

if TYPE_CHECKING:
    from digitlab.checker.result import CheckResult

WIDTH = 100  # columns where the output is no terminal
NO_TRAINING = "The file trains nothing: checked with the loss, optimizer and step of digitlab train."


def check(
    spec: Annotated[
        str,
        typer.Argument(metavar="FILE[:NAME]|RUN", help="Your script or notebook, or a run of one; last is the newest."),
    ],
    data: Data = None,
    image_size: ImageSize = None,
    gray: Gray = False,
    every_rule: Annotated[bool, typer.Option("--all", help="Include the rules that are off by default.")] = False,
    trust: Trust = False,
    fix: Annotated[bool, typer.Option("--fix", help="Write FILE.fixed.py with old Keras names replaced.")] = False,
    as_json: Json = False,
) -> None:
    """Find mistakes in a model, its loss and its training step.

    It runs the program on labelled images instead of reading its text.  Exit code 1 if there is an error.
    """
    from rich.console import Console

    from digitlab.checker.command import check_spec

    with Console(stderr=True).status(one_line(f"Checking {Path(spec).name} …")):
        result = check_spec(spec, data, image_size=image_size, gray=gray, every_rule=every_rule, fix=fix, trust=trust)
    if as_json:
        print_json(_document(spec, result))
    else:
        _print(result)
        if fix:
            say("", *(result.diff or "Nothing to replace; no file was written.").split("\n"))
    if any(finding.severity == "error" for finding in result.findings):
        raise typer.Exit(1)


def _document(spec: str, result: CheckResult) -> dict[str, Any]:
    findings = [finding.model_dump() for finding in result.findings]
    return {"checked": spec, "trains": result.trains, "findings": findings, "notes": result.notes, "diff": result.diff}


def _print(result: CheckResult) -> None:
    from digitlab.base.findings import as_text

    text = as_text(result.findings, result.checks, width_of(sys.stdout) or WIDTH)
    notes = [f"Note: {note}." for note in result.notes]
    say(*notes, *([] if result.trains else [NO_TRAINING, ""]), *text.split("\n"))
