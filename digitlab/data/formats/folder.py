"""A folder with one folder of PNG or JPEG pictures for each class; or two of these, `train` and `test`."""

from __future__ import annotations

import io
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from digitlab.data.dataset import IMAGE_SIZE, Dataset
from digitlab.data.formats import assemble
from digitlab.data.formats.frame import fit, grey_picture, resized
from digitlab.data.formats.limits import MAX_IMAGES, MAX_PIXELS
from digitlab.errors import DataError
from digitlab.files import reading
from digitlab.preprocess.decode import content_of, refuse_scans

_SUFFIXES = (".png", ".jpg", ".jpeg")
_LAYOUT = "make one folder a class, with its PNG or JPEG pictures inside; optionally all below train/ and test/"


def read_folder(path: Path) -> Dataset:
    """Read class folders; class names are the folders' names, in order (by number if all are numbers).

    Raises:
        DataError: no class folders, an empty one, a picture that cannot be read (which), classes in `test` that
            `train` has not.
    """
    with reading(path, "check that the folder may be read"):
        train, test = (path / "train", path / "test") if (path / "train").is_dir() else (path, None)
        names = _class_names(train)
        remarks: list[str] = []
        parts = [_read_part(part, names, remarks) for part in (train, test) if part is not None and part.is_dir()]
    dataset = assemble.dataset(path, parts[0], parts[1] if len(parts) == 2 else None, names)
    return Dataset(dataset.name, dataset.train, dataset.test, names, tuple(_summed_up(remarks)))


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


def _read_part(path: Path, names: tuple[str, ...], remarks: list[str]) -> assemble.Part:
    strangers = sorted({entry.name for entry in path.iterdir() if entry.is_dir()}.difference(names))
    strangers = [name for name in strangers if not name.startswith(".")]
    if strangers:
        raise DataError(
            f"{path} has a class that the training part has not",
            found=f"a folder '{strangers[0]}'",
            remedy="give both parts the same class folders",
        )
    files = [(file, label) for label, name in enumerate(names) for file in _pictures(path / name, remarks)]
    if len(files) > MAX_IMAGES:
        raise DataError(f"{path} holds too many pictures", found=f"{len(files):,}", remedy=f"at most {MAX_IMAGES:,}")
    images = np.empty((len(files), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for image, (file, _) in zip(images, files, strict=True):
        image[:] = read_picture(file, remarks)
    return images, np.array([label for _, label in files], np.int64)


def _pictures(folder: Path, remarks: list[str]) -> list[Path]:
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    entries = [entry for entry in entries if not entry.name.startswith(".")]
    pictures = [entry for entry in entries if entry.suffix.lower() in _SUFFIXES]
    if not pictures:
        raise DataError(f"{folder} holds no pictures", found=f"{len(entries)} other files", remedy=_LAYOUT)
    remarks.extend(["files that are neither PNG nor JPEG were passed over"] * (len(entries) - len(pictures)))
    return pictures


def read_picture(path: Path, remarks: list[str]) -> NDArray[np.uint8]:
    """One PNG or JPEG file → uint8 [28, 28]; appends to `remarks` what was changed (raises DataError)."""
    with reading(path, "replace the picture or take it out of the folder"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of large pictures: we refuse them ourselves
        content = content_of(path)
        refuse_scans(str(path), content)
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise DataError(
                    f"{path} is too large a picture",
                    found=f"{picture.width:,}×{picture.height:,} pixels",
                    remedy=f"reduce it to at most {MAX_PIXELS // 10**6} million pixels; 28×28 is what will be used",
                )
            grey = grey_picture(ImageOps.exif_transpose(picture), remarks)
    if grey.size == (IMAGE_SIZE, IMAGE_SIZE):
        return np.asarray(grey)
    remarks.append(resized(*grey.size))
    return fit(grey)


def _summed_up(remarks: list[str]) -> list[str]:
    """Each remark once, with how many pictures it is about; many sizes become one line."""
    sizes = sorted({remark for remark in remarks if remark.startswith("images of ")})
    if len(sizes) > 1:
        several = f"images of {len(sizes)} sizes were resized to {IMAGE_SIZE}×{IMAGE_SIZE}"
        remarks = [several if remark in sizes else remark for remark in remarks]
    return [f"{remark} ({count:,} file{'s' * (count != 1)})" for remark, count in Counter(remarks).items()]
