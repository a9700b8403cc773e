"""Load a dataset by its name or from a file or folder.

A named dataset is searched in `$DIGITLAB_DATA`, in the cache, in Keras' cache, and then on the network.  Wherever it
is found, its files must have the known SHA-256.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from digitlab.base.files import reading
from digitlab.config import RunConfig
from digitlab.data import formats
from digitlab.data.dataset import Dataset, Split
from digitlab.data.formats import assemble, idx, npz
from digitlab.data.formats.shape import AS_IT_IS, Form
from digitlab.data.named import MNIST, NAMED, NamedSource
from digitlab.data.progress import bar
from digitlab.errors import DataError, DownloadError, StorageError, UsageError, unknown_name

SYNTHETIC = "synthetic"
_MAX_SHOWN = 1_000  # characters of a path in an error text


def load(name: str | Path | None = None, *, image_size: int | None = None, gray: bool = False) -> Dataset:
    """Load a dataset: images uint8 [N, height, width] or, in colour, [N, height, width, 3], labels int64 [N].

    Args:
        name: `mnist`, `fashion-mnist`, `synthetic`, or the path of an IDX folder, an `.npz` with Keras' key names, a
            `.csv` in Kaggle's layout, or a folder of class folders of PNG or JPEG pictures.  A name wins over a path:
            write `./mnist` for a folder of that name; a `Path` is never a name.  None: MNIST, or synthetic digits with
            a note where MNIST cannot be downloaded.
        image_size: pixels of both sides that the images of a path get; None: their own size, and where they differ
            their median, at most 256.
        gray: convert the images of a path to grey.

    Raises:
        UsageError: neither a known name nor a path; `image_size` or `gray` for a named dataset.
        DataError: the data is damaged or of an unknown form.
        DownloadError: the dataset is not on this machine and no mirror gave it.
        StorageError: the cache folder cannot be written.
    """
    form = Form(image_size, gray)
    if name is None or (isinstance(name, str) and name in known_names()):
        _refuse_other_form(name, form)
    if name is None:
        return _at_hand()
    if not isinstance(name, str | Path):
        raise UsageError(
            "a dataset is loaded by name or path",
            found=f"{str(name)[:60]}, of type {type(name).__name__}",
            remedy="give a str or a pathlib.Path; make a digitlab.Dataset from arrays",
        )
    if isinstance(name, str) and name in NAMED:
        return load_named(NAMED[name])
    if name == SYNTHETIC:
        return _synthetic()
    return _from_path(name, form)


def dataset_of(data: Dataset | str | Path | None, image_size: int | None, gray: bool) -> Dataset:
    """`data` itself if it is a dataset, or `load(data)` (raises as `load`; UsageError: a form for a loaded dataset)."""
    if not isinstance(data, Dataset):
        return load(data, image_size=image_size, gray=gray)
    _refuse_other_form(data.name, Form(image_size, gray))
    return data


def load_again(config: RunConfig) -> Dataset:
    """The dataset of a run, from its source (raises as `load`)."""
    return load(config.data, image_size=config.image_size, gray=config.gray)


def _refuse_other_form(name: str | None, form: Form) -> None:
    if form != AS_IT_IS:
        raise UsageError(
            "a named dataset keeps the size and colour of its images",
            found=f"{name or 'no path'} with " + " and ".join(form.options),
            remedy="leave the option out; it is for your own folder or file",
        )


def cache_folder() -> Path:
    """The user's cache folder, for downloads and synthetic digits."""
    return platformdirs.user_cache_path("digitlab")


def _at_hand() -> Dataset:
    try:
        return load_named(MNIST)
    except (DownloadError, StorageError) as error:
        dataset = _synthetic()
        note = f"using synthetic digits, since MNIST is not available ({error.found})"
        return replace(dataset, notes=(note, *dataset.notes))


def _synthetic() -> Dataset:
    from digitlab.data import synthetic

    with bar("Drawing synthetic digits") as show:
        return synthetic.cached(cache_folder(), progress=show)


def _from_path(name: str | Path, form: Form) -> Dataset:
    shown = str(name) if len(str(name)) <= _MAX_SHOWN else f"{str(name)[:60]}…"
    with reading(shown, f"give a readable path, or a name: {', '.join(known_names())}"):
        path = Path(name).expanduser()
        if name and path.exists():
            # So that a run resumed in another folder finds it; a link keeps its own name.
            place = os.path.abspath(path)  # noqa: PTH100 (Path keeps "..")
            return replace(formats.read(path, form), name=place, image_size=form.size, gray=form.gray)
    if isinstance(name, Path) or path.suffix or len(path.parts) > 1:
        raise DataError(
            "no such file or folder",
            found=shown,
            remedy=f"give a path that exists, or a name: {', '.join(known_names())}",
        )
    raise unknown_name("dataset", name, known_names())


def known_names() -> list[str]:
    """All names that `load` knows."""
    return [*NAMED, SYNTHETIC]


def load_named(source: NamedSource) -> Dataset:
    """The dataset from the first place that has it, its files verified (raises as `load`)."""
    if own := own_folder(source):
        return read_verified(source, own)
    for path in (cache_folder() / source.name, keras_path(source)):
        with suppress(DataError):  # not the user's own files: downloaded again below
            if path.exists():
                return read_verified(source, path)
    from digitlab.data import download  # deferred: a dataset on this machine needs no network code

    return read_verified(source, download.fetch(source, cache_folder()))


def find(source: NamedSource) -> Path | None:
    """Where the dataset is on this machine (not yet verified), or None."""
    if own := own_folder(source):
        return own
    cached, keras = cache_folder() / source.name, keras_path(source)
    if all((cached / file.name).is_file() for file in source.files):
        return cached
    return keras if keras.exists() else None


def own_folder(source: NamedSource) -> Path | None:
    """`$DIGITLAB_DATA/<name>` if it exists (raises DataError if the variable is not a folder)."""
    root = os.environ.get("DIGITLAB_DATA")
    if not root:
        return None
    remedy = "set it to the folder that holds mnist/, or unset it"
    with reading("DIGITLAB_DATA", remedy):
        folder = Path(root).expanduser()
        if not folder.is_dir():
            raise DataError("DIGITLAB_DATA is not a folder", found=root, remedy=remedy)
    return folder / source.name if (folder / source.name).is_dir() else None


def keras_path(source: NamedSource) -> Path:
    """Where Keras keeps its download of the dataset."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "datasets" / source.keras


def read_verified(source: NamedSource, path: Path) -> Dataset:
    """Read a named dataset from an IDX folder or an `.npz`, its parts verified by SHA-256 (raises DataError)."""
    arrays = list(_arrays_of_npz(source, path) if path.is_file() else _arrays_of_folder(source, path))
    train, test = (Split(arrays[i], assemble.class_numbers(path, arrays[i + 1])) for i in (0, 2))
    return Dataset(source.name, train, test, source.class_names)


def _arrays_of_folder(source: NamedSource, folder: Path) -> Iterator[NDArray[np.uint8]]:
    for file, kind in zip(source.files, (idx.IMAGES, idx.LABELS) * 2, strict=True):
        path = next((p for p in (folder / file.name, folder / f"{file.name}.gz") if p.is_file()), folder / file.name)
        content = idx.read_unpacked(path)
        _verify(content, file.sha256, str(path))
        yield idx.parse(content, kind, path)


def _arrays_of_npz(source: NamedSource, path: Path) -> Iterator[NDArray[np.uint8]]:
    arrays = npz.read_arrays(path)
    for file, key in zip(source.files, (*npz.TRAIN, *npz.TEST), strict=True):
        array = np.ascontiguousarray(arrays.get(key, ()), np.uint8)
        _verify(idx.header(array.shape) + array.tobytes(), file.sha256, f"{key} in {path}")
        yield array


def _verify(content: bytes, sha256: str, where: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise DataError(
            f"{where} differs from the known file",
            found=f"SHA-256 {found[:16]}… instead of {sha256[:16]}…",
            remedy="it is damaged or another file: download it again, or remove it and digitlab will",
        )
