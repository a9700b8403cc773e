"""How text is laid out on a terminal: wrapped at words to its width, with errors, findings and verdicts in colour.

Where the output is no terminal, lines stay whole and plain.  `NO_COLOR` keeps a terminal plain (no-color.org).
"""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from typing import IO, TYPE_CHECKING, Any

from digitlab.visible import lines

if TYPE_CHECKING:
    from rich.console import Console

_PART = re.compile(r"\s*(found|why|to do): ")  # of an error or a finding; what follows is indented below itself
_RED, _GREEN, _YELLOW, _CYAN = "1;31", "1;32", "1;33", "1;36"
_MARKS = (
    (re.compile(r"^(Error:|D[LD]\d{3} error:)"), _RED),
    (re.compile(r"^D[LD]\d{3} warning:"), _YELLOW),
    (re.compile(r"^(Note:|D[LD]\d{3} hint:)"), _CYAN),
    (re.compile(r"(?<=:\s)real\.$"), _GREEN),
    (re.compile(r"(?<=:\s)(no\sevidence|practically\sequal)\.$"), _YELLOW),
    (re.compile(r"(?<=: )(unsure: .+|not a digit|none of these)$"), _YELLOW),
)


def width_of(stream: IO[Any]) -> int | None:
    """The columns of the terminal that `stream` writes to; None where it is none."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def has_colour(stream: IO[Any]) -> bool:
    """Whether `stream` shows colours, and may."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def laid_out(line: str, width: int | None, *, colour: bool) -> str:
    """One line of text as it goes to a terminal.

    Args:
        line: without a line break.
        width: columns of the terminal; None: as many as the line needs.
        colour: mark errors, findings and verdicts with ANSI codes.
    """
    text = wrapped(line, width) if width else line
    for mark, code in _MARKS if colour else ():
        text = mark.sub(rf"\033[{code}m\g<0>\033[0m", text)
    return text


def wrapped(line: str, width: int) -> str:
    """`line` in rows of at most `width` columns, broken between words; a longer word, such as a path, stays whole."""
    part = _PART.match(line)
    indent = part.end() if part else len(line) - len(line.lstrip())
    rows = textwrap.wrap(
        line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )  # fmt: skip
    return "\n".join(rows)


def print_on(console: Console, text: str) -> None:
    """Print lines of text beside a live bar of rich."""
    from rich.text import Text

    width = console.width if console.is_terminal else None
    colour = console.is_terminal and not console.no_color
    shown = "\n".join(laid_out(line, width, colour=colour) for line in lines(text).split("\n"))
    console.print(Text.from_ansi(shown), soft_wrap=True)
