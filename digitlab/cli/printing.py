"""What the command line prints: the one place that writes to a terminal, apart from live bars.

Names of files and classes may hold anything.  So each line is printed as one line, without what steers a terminal, and
JSON is plain ASCII, in which all of it is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Container, Sequence
from typing import Any

import typer

from digitlab.visible import one_line


def say(*lines: str, err: bool = False) -> None:
    """Print these lines, to standard error if `err`."""
    typer.echo("\n".join(map(one_line, lines)), err=err)  # noqa: TID251, the one place


def print_json(document: Any) -> None:
    """Print one JSON document."""
    say(*json.dumps(document, indent=2).split("\n"))


def print_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]], right: Container[int] = ()) -> None:
    """Print columns as wide as their longest text, those in `right` flush right; lines are never cut or folded."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = [
            text.rjust(width) if place in right else text.ljust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        say("  ".join(cells).rstrip())
