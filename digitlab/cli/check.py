"""digitlab check: what is probably wrong with a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digitlab.cli.options import Trust
from digitlab.cli.printing import print_json, say
from digitlab.visible import one_line

NO_TRAINING = "The file trains nothing: checked with the loss, optimizer and step that digitlab train would use."


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
    from digitlab.checker.findings import told

    with Console(stderr=True).status(one_line(f"Checking {Path(spec).name} …")):
        seen = check_spec(spec, data, every_rule=every_rule, trust=trust)
    if as_json:
        print_json({"checked": spec, "trains": seen.trains, "findings": [one.document() for one in seen.findings]})
    else:
        say(*([] if seen.trains else [NO_TRAINING, ""]), *told(seen.findings).split("\n"))
    if any(finding.severity == "error" for finding in seen.findings):
        raise typer.Exit(1)
