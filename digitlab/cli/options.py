"""What several subcommands do with the same option."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Trust = Annotated[
    bool, typer.Option("--trust", help="Run the program that RUN brings with it, though it is not from this machine.")
]


def expanded(path: Path | None) -> Path | None:
    """`path` with its «~» replaced, which a shell leaves as it is in --out=~/runs."""
    return path.expanduser() if path is not None else None
