"""digitlab data: list, download, show and check datasets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitlab.base.files import numbered, write_bytes
from digitlab.cli.options import Gray, ImageSize, Json, expanded
from digitlab.cli.printing import print_json, print_table, say
from digitlab.errors import UsageError
from digitlab.visible import one_line

if TYPE_CHECKING:
    from digitlab.data.dataset import Dataset

app = typer.Typer(help="List, fetch, show and check datasets.", no_args_is_help=True, rich_markup_mode=None)

COLOURS = ("red", "green", "blue")
_PATHS = (
    "A path is an IDX folder (MNIST's file names), an .npz with Keras' key names, a .csv in Kaggle's layout, "
    "or a folder with one folder of PNG or JPEG pictures for each class."
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="A name from `digitlab data list`.")]
NameOrPath = Annotated[str, typer.Argument(metavar="NAME|PATH", help=f"A name or a path.  {_PATHS}")]


@app.command("list")
def list_datasets(as_json: Json = False) -> None:
    """List the named datasets and where they are."""
    from digitlab.data import catalog

    entries = catalog.entries()
    if as_json:
        print_json([{**vars(entry), "path": str(entry.path) if entry.path else None} for entry in entries])
        return
    rows = []
    for entry in entries:
        size = f"{entry.size / 1e6:.0f} MB" if entry.size else "–"
        missing = "built in" if entry.built_in else f"not here: digitlab data fetch {entry.name}"
        where = str(entry.path) if entry.path else missing
        rows.append((entry.name, f"{entry.train:,} + {entry.test:,}", size, where))
    print_table(("name", "images", "size", "where"), rows, right=(1, 2))


@app.command("fetch")
def fetch(name: Name, as_json: Json = False) -> None:
    """Download and verify a dataset, unless it is here."""
    from digitlab.data import catalog

    dataset, path = catalog.fetch(name)
    _print_notes(dataset)
    images = {"train": len(dataset.train), **({"test": len(dataset.test)} if dataset.test else {})}
    if as_json:
        print_json({"name": name, "path": str(path), "images": images, "sha256": dataset.sha256})
        return
    say(f"{name}: {' + '.join(f'{count:,} {part}' for part, count in images.items())} images in {path}")


@app.command("show")
def show(
    name: NameOrPath,
    image_size: ImageSize = None,
    gray: Gray = False,
    index: Annotated[int, typer.Option(help="Index of the image, from 0.")] = 0,
    test: Annotated[bool, typer.Option("--test", help="Show the test part.")] = False,
    out: Annotated[
        Path | None, typer.Option(callback=expanded, help="The .png to write.", show_default="NAME-samples.png")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print an image as numbers, and draw ten samples of each class."""
    import io

    from digitlab.data.sheet import sample_sheet
    from digitlab.data.sources import load

    if out is not None and out.suffix.lower() != ".png":
        raise UsageError("the samples are drawn as a PNG", found=f"--out {out}", remedy="give a name that ends in .png")
    dataset = load(name, image_size=image_size, gray=gray)
    _print_notes(dataset)
    part = "test" if test else "train"
    split = _part(dataset, name, part, index)
    buffer = io.BytesIO()
    sample_sheet(split, dataset.class_names).save(buffer, "png", optimize=True)
    sheet = out or _free_sheet(Path(dataset.name), buffer.getvalue())
    write_bytes(sheet, buffer.getvalue())
    image, label = split.images[index], int(split.labels[index])
    if as_json:
        document = {"name": name, "part": part, "index": index, "label": label}
        print_json(document | {"class": dataset.class_names[label], "pixels": image.tolist(), "sheet": str(sheet)})
    else:
        named = dataset.class_names[label]
        title = f"{name}, {part} image {index}: label {label}" + (f" ({named})" if named != str(label) else "")
        planes = {"": image} if image.ndim == 2 else {f", {colour}": image[..., i] for i, colour in enumerate(COLOURS)}
        for suffix, plane in planes.items():
            _print_matrix(plane, title + suffix)
    say(f"Ten samples of each class: {sheet}", err=True)


@app.command("check")
def check(name: NameOrPath, image_size: ImageSize = None, gray: Gray = False, as_json: Json = False) -> None:
    """Find problems in a dataset.

    Value range, classes, duplicates, polarity and centring.  Exit code 1 if there is an error.
    """
    from digitlab.base.findings import as_text
    from digitlab.data import inspection
    from digitlab.data.sources import load

    dataset = load(name, image_size=image_size, gray=gray)
    _print_notes(dataset)
    counts, findings = inspection.counts(dataset), inspection.check(dataset)
    if as_json:
        documents = [finding.model_dump(exclude_unset=True) for finding in findings]
        print_json({"name": name, "counts": counts, "findings": documents})
    else:
        rows = [(name, *(f"{part[name]:,}" for part in counts.values())) for name in dataset.class_names]
        totals = ("all", *(f"{sum(part.values()):,}" for part in counts.values()))
        print_table(("class", *counts), [*rows, totals], right=range(1, len(counts) + 1))
        say("", *as_text(findings, inspection.checks(dataset)).split("\n"))
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


def _part(dataset: Dataset, name: str, part: str, index: int) -> Any:
    """The part, which has this index (raises UsageError)."""
    split = dataset.test if part == "test" else dataset.train
    if split is None:
        raise UsageError("the dataset has no test part", found=name, remedy="leave out --test")
    if not 0 <= index < len(split):
        raise UsageError("no image has this index", found=str(index), remedy=f"give --index 0 to {len(split) - 1}")
    return split


def _free_sheet(dataset: Path, picture: bytes) -> Path:
    """The first of NAME-samples.png, NAME-samples-2.png, … that does not exist, or is this very picture."""
    name = dataset.stem if dataset.is_file() else dataset.name
    paths = numbered(f"{name}-samples", ".png")
    return next(path for path in paths if not path.exists() or (path.is_file() and path.read_bytes() == picture))


def _print_notes(dataset: Dataset) -> None:
    for note in dataset.notes:
        say(f"Note: {note}", err=True)


def _print_matrix(image: Any, title: str) -> None:
    from rich.console import Console

    from digitlab.cli import matrix

    console = Console(highlight=False)
    if console.is_terminal:
        console.print(one_line(title), markup=False)
        matrix.print_on_terminal(image, console)
    else:
        say(f"# {title}", *matrix.plain(image).split("\n"))
