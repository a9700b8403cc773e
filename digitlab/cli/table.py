"""Tables on standard output, the same for people and for scripts."""

from __future__ import annotations

from collections.abc import Container, Sequence

import typer


def print_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]], right: Container[int] = ()) -> None:
    """Print columns as wide as their longest text, those in `right` flush right; lines are never cut or folded."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = [
            text.rjust(width) if place in right else text.ljust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        typer.echo("  ".join(cells).rstrip())
