"""The named datasets, and where they are on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from digitlab.data import sources
from digitlab.data.dataset import Dataset
from digitlab.data.named import NAMED, NamedSource
from digitlab.errors import unknown_name

_LABEL_HEADER = 8  # bytes before the first label of an IDX file


@dataclass(frozen=True)
class Entry:
    """A named dataset.

    Attributes:
        name: what `--data` takes.
        train: number of training images.
        test: number of test images.
        path: where it is on this machine, or None.
        size: bytes on the disk, or after the download; 0 if built in.
        built_in: needs no file, since it is drawn by program.
    """

    name: str
    train: int
    test: int
    path: Path | None
    size: int
    built_in: bool = False


def entries() -> list[Entry]:
    """All named datasets (raises DataError if $DIGITLAB_DATA is not a folder)."""
    drawn = Entry(sources.SYNTHETIC, 60_000, 10_000, path=None, size=0, built_in=True)
    return [*(_entry(source) for source in NAMED.values()), drawn]


def fetch(name: str) -> tuple[Dataset, Path]:
    """Download a named dataset unless it is here; return it, verified, with its folder or file.

    Raises:
        UsageError: no dataset has this name.
        DataError, DownloadError, StorageError: as `sources.load`.
    """
    if name not in sources.known_names():
        raise unknown_name("dataset", name, sources.known_names())
    dataset = sources.load(name)
    place = sources.find(NAMED[name]) if name in NAMED else None
    return dataset, place or sources.cache_folder()


def _entry(source: NamedSource) -> Entry:
    train, test = (file.size - _LABEL_HEADER for file in (source.files[1], source.files[3]))
    path = sources.find(source)
    return Entry(source.name, train, test, path, _size(path) if path else sum(file.size for file in source.files))


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(file.stat().st_size for file in path.iterdir())
