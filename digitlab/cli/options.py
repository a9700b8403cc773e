"""Options and arguments that several subcommands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digitlab.runtime.places import shipped_names


def expanded(path: Path | None) -> Path | None:
    """`path` with its `~` replaced, which a shell leaves as it is in --out=~/runs."""
    return path.expanduser() if path is not None else None


def newest(name: str) -> str:
    """The folder of the newest run for "last"; any other name as it is."""
    if name != "last" or Path(name).exists():
        return name
    from digitlab.runs.catalog import find_run

    return str(find_run(name).path)


def each_newest(names: list[str] | None) -> list[str] | None:
    """The same for several names."""
    return names and [newest(name) for name in names]


BUNDLES = f"a bundle, a run (last: the newest), or {', '.join(shipped_names())}"

Data = Annotated[str | None, typer.Option(help="mnist, fashion-mnist, synthetic, or a folder, .npz or .csv.")]
Gray = Annotated[bool, typer.Option("--gray", help="Convert your images to grey.")]
Host = Annotated[str, typer.Option(help="Address to listen at; any but localhost needs a token.")]
ImageSize = Annotated[
    int | None,
    typer.Option(help="Pixels of both sides of your images.", show_default="their own, or their median"),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Model = Annotated[str, typer.Option(callback=newest, help=f"{BUNDLES[0].upper()}{BUNDLES[1:]}.")]
Port = Annotated[int, typer.Option(help="0 picks a free port.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help='A run\'s folder, its name, or "last".')]
RunsFolder = Annotated[Path, typer.Option("--out", callback=expanded, help="The folder that holds the runs.")]
Trust = Annotated[bool, typer.Option("--trust", help="Run the program in RUN, although it is not from this machine.")]
