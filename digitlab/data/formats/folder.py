"""A folder with one folder of PNG or JPEG pictures for each class; or two such folders, `train` and `test`."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
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
_ORIENTATION, _ROTATED = 0x0112, (5, 6, 7, 8)  # EXIF: the values of pictures rotated by 90°


class _Listed(NamedTuple):
    """The files and labels of one part."""

    files: list[Path]
    labels: NDArray[np.int64]


def read_folder(path: Path, form: Form = AS_IT_IS) -> Dataset:
    """Read class folders, named by their classes; sorted, as numbers if all are numbers (raises DataError)."""
    with reading(path, "check that the folder may be read"):
        train, test = (path / "train", path / "test") if (path / "train").is_dir() else (path, None)
        names = _class_names(train)
        remarks: list[str] = []
        listed = [_listed(part, names, remarks) for part in (train, test) if part is not None and part.is_dir()]
    sizes = [_size_of(file) for part in listed for file in part.files]
    height, width = form.chosen(sizes)
    spec = ImageSpec(height=height, width=width, channels=1 if form.gray else 3)
    parts = [(_read_all(part.files, spec), part.labels) for part in listed]
    dataset = assemble.dataset(path, parts[0], parts[1] if len(parts) == 2 else None, names)
    return Dataset(dataset.name, dataset.train, dataset.test, names, (*_summed_up(remarks), *form.remarks(sizes)))


def _class_names(path: Path) -> tuple[str, ...]:
    names = [entry.name for entry in path.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    if len(names) < 2:
        raise DataError(
            f"{path} holds no dataset",
            found=f"{len(names)} folder{'s' * (len(names) != 1)} inside, and no IDX file",
            remedy=_LAYOUT,
        )
    if all(name.isdecimal() for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))


def _listed(path: Path, names: tuple[str, ...], remarks: list[str]) -> _Listed:
    strangers = sorted({entry.name for entry in path.iterdir() if entry.is_dir()}.difference(names))
    strangers = [name for name in strangers if not name.startswith(".")]
    if strangers:
        raise DataError(
            f"{path} has a class that the training part lacks",
            found=f"a folder '{strangers[0]}'",
            remedy="give both parts the same class folders",
        )
    files = [(file, label) for label, name in enumerate(names) for file in _pictures(path / name, remarks)]
    if len(files) > MAX_IMAGES:
        raise DataError(
            f"{path} holds too many pictures", found=f"{len(files):,}", remedy=f"give at most {MAX_IMAGES:,}"
        )
    return _Listed([file for file, _ in files], np.array([label for _, label in files], np.int64))


def _pictures(folder: Path, remarks: list[str]) -> list[Path]:
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    entries = [entry for entry in entries if not entry.name.startswith(".")]
    pictures = [entry for entry in entries if entry.suffix.lower() in _SUFFIXES]
    if not pictures:
        raise DataError(f"{folder} holds no pictures", found=f"{len(entries)} other files", remedy=_LAYOUT)
    remarks.extend(["files that are neither PNG nor JPEG were skipped"] * (len(entries) - len(pictures)))
    return pictures


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    with reading(path, "replace the picture or remove it from the folder"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about large pictures, which are refused below
        with open_regular(path) as file, Image.open(file, formats=("PNG", "JPEG")) as picture:
            yield picture


def _size_of(path: Path) -> Size:
    """Height and width as shown by a viewer, from the header (raises DataError)."""
    with _opened(path) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise DataError(
                f"{path} is too large",
                found=f"{picture.width:,}×{picture.height:,} pixels",
                remedy=f"reduce it to at most {MAX_PIXELS // 10**6} million pixels",
            )
        turned = picture.getexif().get(_ORIENTATION) in _ROTATED
        return (picture.width, picture.height) if turned else (picture.height, picture.width)


def _read_all(files: list[Path], spec: ImageSpec) -> NDArray[np.uint8]:
    refuse_huge("the folder", (len(files), *spec.shape))
    images = np.empty((len(files), *spec.shape), np.uint8)
    for image, file in zip(images, files, strict=True):
        image[:] = read_picture(file, spec)
    return images


def read_picture(path: Path, spec: ImageSpec) -> NDArray[np.uint8]:
    """One file → an image of this spec, by the code that `predict` uses (raises DataError)."""
    with reading(path, "replace the picture or remove it from the folder"):
        return prepare(open_picture(path, MAX_PIXELS, colour=spec.channels == 3), Plain(image=spec)).image


def _summed_up(remarks: list[str]) -> list[str]:
    """Each remark once, with the number of files."""
    return [f"{remark} ({count:,} file{'s' * (count != 1)})" for remark, count in Counter(remarks).items()]
