"""digitlab check: what is probably wrong with a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitlab.cli.options import Trust
from digitlab.cli.printing import print_json, say
from digitlab.visible import one_line

if TYPE_CHECKING:
    from digitlab.checker.findings import Finding


def check(
    spec: Annotated[str, typer.Argument(metavar="FILE.py[:NAME]|RUN", help="Your file, or the run of one.")],
    data: Annotated[
        str | None, typer.Option(help="mnist, fashion-mnist, synthetic, or a folder, .npz or .csv.")
    ] = None,
    every_rule: Annotated[bool, typer.Option("--all", help="Also the rules that are off by default.")] = False,
    trust: Trust = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Look for mistakes in a model, its loss and its training step, by what they do; exit 1 if there is an error."""
    from rich.console import Console

    from digitlab.checker.command import check_spec

    with Console(stderr=True).status(one_line(f"Checking {Path(spec).name} …")):
        findings = check_spec(spec, data, every_rule=every_rule, trust=trust)
    if as_json:
        print_json(_document(spec, findings))
    else:
        _tell(findings)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


def _document(spec: str, findings: list[Finding]) -> dict[str, Any]:
    return {"checked": spec, "findings": [finding.document() for finding in findings]}


def _tell(findings: list[Finding]) -> None:
    from digitlab.checker.findings import told

    say(*told(findings).split("\n"))
