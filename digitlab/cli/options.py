"""What several subcommands do with the same option."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[str | None, typer.Option(help="mnist, fashion-mnist, synthetic, or a folder, .npz or .csv.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Trust = Annotated[
    bool, typer.Option("--trust", help="Run the program that RUN brings with it, though it is not from this machine.")
]
ImageSize = Annotated[
    int | None,
    typer.Option(help="Pixels of both sides that your images get.", show_default="their own, or their median"),
]
Gray = Annotated[bool, typer.Option("--gray", help="Turn your images to grey.")]


def expanded(path: Path | None) -> Path | None:
    """`path` with its «~» replaced, which a shell leaves as it is in --out=~/runs."""
    return path.expanduser() if path is not None else None


def newest(name: str) -> str:
    """The folder of the newest run for «last»; any other name as it is."""
    if name != "last" or Path(name).exists():
        return name
    from digitlab.runs.catalog import find_run

    return str(find_run(name).path)


def each_newest(names: list[str] | None) -> list[str] | None:
    """The same for several names."""
    return names and [newest(name) for name in names]
