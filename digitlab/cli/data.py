"""digitlab data: which datasets there are, what they look like, and what is wrong with them."""

from __future__ import annotations

from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitlab.cli.options import Gray, ImageSize, Json
from digitlab.cli.printing import print_json, print_table, say
from digitlab.visible import one_line

if TYPE_CHECKING:
    from digitlab.data.dataset import Dataset

app = typer.Typer(help="List, fetch, show and check datasets.", no_args_is_help=True, rich_markup_mode=None)

COLOURS = ("red", "green", "blue")
_PATHS = (
    "A path is an IDX folder (MNIST's file names), an .npz with Keras' key names, a .csv in Kaggle's layout, "
    "or a folder with one folder of PNG or JPEG pictures a class."
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="A name, as «digitlab data list» shows them.")]
NameOrPath = Annotated[str, typer.Argument(metavar="NAME|PATH", help=f"A name or a path.  {_PATHS}")]


@app.command("list")
def list_datasets(as_json: Json = False) -> None:
    """List the named datasets, and where they are."""
    from digitlab.data import catalog

    entries = catalog.entries()
    if as_json:
        print_json([{**vars(entry), "path": str(entry.path) if entry.path else None} for entry in entries])
        return
    rows = []
    for entry in entries:
        where = str(entry.path) if entry.path else "built in" if entry.built_in else None
        size = f"{entry.size / 1e6:.0f} MB" if entry.size else "–"
        where = where or f"not here: digitlab data fetch {entry.name}"
        rows.append((entry.name, f"{entry.train:,} + {entry.test:,}", size, where))
    print_table(("name", "images", "size", "where"), rows, right=(1, 2))


@app.command("fetch")
def fetch(name: Name, as_json: Json = False) -> None:
    """Download a dataset, verified, unless it is here."""
    from digitlab.data import catalog

    dataset, path = catalog.fetch(name)
    _tell_notes(dataset)
    images = _sizes(dataset)
    if as_json:
        print_json({"name": name, "path": str(path), "images": images, "sha256": dataset.sha256})
        return
    say(f"{name}: {' + '.join(f'{count:,} {part}' for part, count in images.items())} images in {path}")


@app.command("show")
def show(
    name: NameOrPath,
    image_size: ImageSize = None,
    gray: Gray = False,
    index: Annotated[int, typer.Option(help="Which image, from 0.")] = 0,
    test: Annotated[bool, typer.Option("--test", help="From the test part.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="The picture of samples, a .png.  [default: NAME-samples.png, or a free name like it]"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print an image as numbers, and draw ten samples of each class."""
    import io

    from digitlab.base.files import write_bytes
    from digitlab.data.sheet import sample_sheet
    from digitlab.data.sources import load

    _refuse_other_picture(out)
    dataset = load(name, image_size=image_size, gray=gray)
    _tell_notes(dataset)
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
        title = f"{name}, {part} image {index}: label {_named(dataset, label)}"
        planes = {"": image} if image.ndim == 2 else {f", {colour}": image[..., i] for i, colour in enumerate(COLOURS)}
        for told, plane in planes.items():
            _print_matrix(plane, title + told)
    say(f"Ten samples of each class: {sheet}", err=True)


@app.command("check")
def check(name: NameOrPath, image_size: ImageSize = None, gray: Gray = False, as_json: Json = False) -> None:
    """Find problems in a dataset.

    Ranges, classes, duplicates, polarity and centring.  Exit code 1 if training on the data would be pointless.
    """
    from digitlab.base.findings import as_text
    from digitlab.data import inspection
    from digitlab.data.sources import load

    dataset = load(name, image_size=image_size, gray=gray)
    _tell_notes(dataset)
    counts, findings = inspection.counts(dataset), inspection.check(dataset)
    if as_json:
        documents = [finding.model_dump(exclude_unset=True) for finding in findings]
        print_json({"name": name, "counts": counts, "findings": documents})
    else:
        _print_counts(dataset, counts)
        say("", *as_text(findings, inspection.checks(dataset)).split("\n"))
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


def _part(dataset: Dataset, name: str, part: str, index: int) -> Any:
    """The asked part, in which the index exists (raises UsageError)."""
    from digitlab.errors import UsageError

    split = dataset.test if part == "test" else dataset.train
    if split is None:
        raise UsageError("the dataset has no test part", found=name, remedy="leave out --test")
    if not 0 <= index < len(split):
        raise UsageError(
            "there is no image with this index", found=str(index), remedy=f"give --index 0 to {len(split) - 1}"
        )
    return split


def _refuse_other_picture(out: Path | None) -> None:
    from digitlab.errors import UsageError

    if out is not None and out.suffix.lower() != ".png":
        raise UsageError("the samples are drawn as a PNG", found=f"--out {out}", remedy="give a name that ends in .png")


def _free_sheet(dataset: Path, picture: bytes) -> Path:
    """The first of NAME-samples.png, NAME-samples-2.png, … that is not there, or is this picture already."""
    name = dataset.stem if dataset.is_file() else dataset.name
    names = (f"{name}-samples{mark}.png" for mark in chain([""], (f"-{number}" for number in count(2))))
    paths = map(Path, names)
    return next(path for path in paths if not path.exists() or (path.is_file() and path.read_bytes() == picture))


def _named(dataset: Dataset, label: int) -> str:
    name = dataset.class_names[label]
    return str(label) if name == str(label) else f"{label} ({name})"


def _sizes(dataset: Dataset) -> dict[str, int]:
    parts = {"train": dataset.train, "test": dataset.test}
    return {name: len(split) for name, split in parts.items() if split is not None}


def _tell_notes(dataset: Dataset) -> None:
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


def _print_counts(dataset: Dataset, counts: dict[str, dict[str, int]]) -> None:
    rows = [(name, *(f"{part[name]:,}" for part in counts.values())) for name in dataset.class_names]
    totals = ("all", *(f"{sum(part.values()):,}" for part in counts.values()))
    print_table(("class", *counts), [*rows, totals], right=range(1, len(counts) + 1))
