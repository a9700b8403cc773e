"""Printing: the one place that writes to a terminal, apart from live bars.

Names of files and classes may contain anything, so control characters are replaced in each line; JSON is plain ASCII.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import sys
from collections.abc import Container, Sequence
from typing import Any

import typer

from digitlab.base.terminal import has_colour, laid_out, width_of
from digitlab.errors import DigitlabError, StorageError
from digitlab.visible import one_line

_PLAIN = {"−": "-", "→": "->", "≤": "<=", "≥": ">=", "≈": "~", "█": "#", "…": "..."}  # for consoles that lack these


def say(*lines: str, err: bool = False) -> None:
    """Print these lines, to standard error if `err`; on a terminal they are wrapped at words."""
    stream = sys.stderr if err else sys.stdout
    width, colour = width_of(stream), has_colour(stream)
    shown = (laid_out(one_line(line), width, colour=colour) for line in lines)
    _echo("\n".join(shown), err=err, colour=colour)


def say_error(error: DigitlabError) -> None:
    """Print an error to standard error."""
    say(*f"Error: {error}".split("\n"), err=True)


def print_json(document: Any) -> None:
    """Print one JSON document."""
    _echo(json.dumps(document, indent=2))  # never wrapped, which would break strings


def print_csv(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of CSV, never wrapped."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([one_line(cell) for cell in row] for row in rows)
    typer.echo(stream.getvalue(), nl=False)  # noqa: TID251, never wrapped


def print_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]], right: Container[int] = ()) -> None:
    """Print columns as wide as their longest text; those in `right` are right-aligned."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = [
            text.rjust(width) if place in right else text.ljust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        say("  ".join(cells).rstrip())


def _echo(text: str, *, err: bool = False, colour: bool | None = None) -> None:
    """Write it (raises StorageError: standard output is a file on a full disk)."""
    try:
        typer.echo(text, err=err, color=colour)  # noqa: TID251, the one place
    except BrokenPipeError:
        raise
    except OSError as error:
        if err:  # there is no place to say it
            return
        forget_output()
        remedy = "free some space, or redirect the output to another place; files written before are untouched"
        raise StorageError(
            "cannot write to standard output", found=error.strerror or str(error), remedy=remedy
        ) from None


def forget_output() -> None:
    """Drop what standard output could not take: Python writes it at exit, and would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def open_closed_streams() -> None:
    """Closed standard streams lead nowhere; else the next file that is opened would get their number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # it gets the lowest free number: this one
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115, open to the end
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115


def accept_every_character() -> None:
    """On consoles without UTF-8, such as Windows' cp1252, print similar characters ("-" for a true minus) or "?"."""
    codecs.register_error("digitlab.similar", _similar)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="digitlab.similar")


def _similar(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(_PLAIN.get(sign, "?") for sign in error.object[error.start : error.end]), error.end
