"""A folder with one folder of PNG or JPEG pictures for each class; or two such folders, `train` and `test`."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.base.files import open_regular, reading
from digitlab.data.dataset import Dataset
from digitlab.data.formats import assemble
from digitlab.data.formats.limits import MAX_IMAGES, MAX_PIXELS, refuse_huge
from digitlab.data.formats.shape import AS_IT_IS, Form, Size
from digitlab.errors import DataError
from digitlab.images.decode import open_picture
from digitlab.images.spec import ImageSpec
from digitlab.preprocess.pipeline import prepare
from digitlab.preprocess.settings import Plain

_SUFFIXES = (".png", ".jpg", ".jpeg")
_LAYOUT = "make one folder for each class, with its PNG or JPEG pictures inside; optionally inside train/ and test/"
_REPLACE = "replace the picture or remove it from the folder"
_ORIENTATION, _ROTATED = 0x0112, (5, 6, 7, 8)  # EXIF: the values of pictures rotated by 90°


class _Part(NamedTuple):
    """The pictures of `train` or `test`, and the number of other files."""

    files: list[Path]
    labels: NDArray[np.int64]
    skipped: int


def read_folder(path: Path, form: Form = AS_IT_IS) -> Dataset:
    """Read class folders, named by their classes; sorted, as numbers if all are numbers (raises DataError)."""
    with reading(path, "check that the folder may be read"):
        train, test = (path / "train", path / "test") if (path / "train").is_dir() else (path, None)
        names = _class_names(train)
        parts = [_part(folder, names) for folder in (train, test) if folder is not None and folder.is_dir()]
    sizes = [_size_of(file) for part in parts for file in part.files]
    height, width = form.chosen(sizes)
    spec = ImageSpec(height=height, width=width, channels=1 if form.gray else 3)
    arrays = [(_read_all(part.files, spec), part.labels) for part in parts]
    dataset = assemble.dataset(path, arrays[0], arrays[1] if len(arrays) == 2 else None, names)
    notes, skipped = form.remarks(sizes), sum(part.skipped for part in parts)
    if skipped:
        count = f"{skipped:,} file{'s' * (skipped != 1)}"
        notes = [f"files that are neither PNG nor JPEG were skipped ({count})", *notes]
    return replace(dataset, notes=tuple(notes))


def _visible(path: Path) -> list[Path]:
    return sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))


def _class_names(path: Path) -> tuple[str, ...]:
    names = [entry.name for entry in _visible(path) if entry.is_dir()]
    if len(names) < 2:
        raise DataError(
            f"{path} holds no dataset",
            found=f"{len(names)} folder{'s' * (len(names) != 1)} inside, and no IDX file",
            remedy=_LAYOUT,
        )
    if all(name.isdecimal() for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(names)


def _part(path: Path, names: tuple[str, ...]) -> _Part:
    strangers = [entry.name for entry in _visible(path) if entry.is_dir() and entry.name not in names]
    if strangers:
        raise DataError(
            f"{path} has a class that the training part lacks",
            found=f"a folder '{strangers[0]}'",
            remedy="give both parts the same class folders",
        )
    files: list[Path] = []
    counts, skipped = [], 0
    for folder in (path / name for name in names):
        entries = _visible(folder) if folder.is_dir() else []
        pictures = [entry for entry in entries if entry.suffix.lower() in _SUFFIXES]
        if not pictures:
            raise DataError(f"{folder} holds no pictures", found=f"{len(entries)} other files", remedy=_LAYOUT)
        files += pictures
        counts.append(len(pictures))
        skipped += len(entries) - len(pictures)
    if len(files) > MAX_IMAGES:
        found, remedy = f"{len(files):,}", f"give at most {MAX_IMAGES:,}"
        raise DataError(f"{path} holds too many pictures", found=found, remedy=remedy)
    return _Part(files, np.repeat(np.arange(len(names)), counts), skipped)


def _size_of(path: Path) -> Size:
    """Height and width as shown by a viewer, from the header (raises DataError)."""
    with reading(path, _REPLACE), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about large pictures, which are refused below
        with open_regular(path) as file, Image.open(file, formats=("PNG", "JPEG")) as picture:
            (width, height), orientation = picture.size, picture.getexif().get(_ORIENTATION)
    if width * height > MAX_PIXELS:
        raise DataError(
            f"{path} is too large",
            found=f"{width:,}×{height:,} pixels",
            remedy=f"reduce it to at most {MAX_PIXELS // 10**6} million pixels",
        )
    return (width, height) if orientation in _ROTATED else (height, width)


def _read_all(files: list[Path], spec: ImageSpec) -> NDArray[np.uint8]:
    refuse_huge("the folder", (len(files), *spec.shape))
    images = np.empty((len(files), *spec.shape), np.uint8)
    for image, file in zip(images, files, strict=True):
        image[:] = read_picture(file, spec)
    return images


def read_picture(path: Path, spec: ImageSpec) -> NDArray[np.uint8]:
    """One file → an image of this spec, by the code that `predict` uses (raises DataError)."""
    with reading(path, _REPLACE):
        return prepare(open_picture(path, MAX_PIXELS, colour=spec.channels == 3), Plain(image=spec)).image
