"""IDX: the format of MNIST's own files, gzipped or not.

A file is: two zero bytes; the type of its values (8: unsigned byte); the number of dimensions; each dimension as a
big-endian 32-bit number; the values.  The authors of MNIST describe it.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from digitlab.base.files import open_regular, reading
from digitlab.data.dataset import Dataset
from digitlab.data.formats import assemble
from digitlab.data.formats.limits import refuse_huge, refuse_large_file
from digitlab.data.formats.shape import AS_IT_IS, Form
from digitlab.errors import DataError

IMAGES, LABELS = 3, 1  # dimensions of the two kinds of file
_UNSIGNED_BYTE = 8
_STEMS = (("train-images", IMAGES), ("train-labels", LABELS), ("t10k-images", IMAGES), ("t10k-labels", LABELS))
_GZIP_MAGIC = b"\x1f\x8b"
_MAX_GZIP_RATIO = 1032  # of deflate, unpacked to packed
_DAMAGED = "the file is damaged or cut short: download it again"


def is_folder(path: Path) -> bool:
    """Whether a folder holds any of MNIST's four files."""
    return any(_find(path, stem, dimensions) for stem, dimensions in _STEMS)


def read_folder(path: Path, form: Form = AS_IT_IS) -> Dataset:
    """Read a folder with MNIST's file names; without the two t10k files it has no test part (raises DataError)."""
    images, labels, test_images, test_labels = (_find(path, stem, dimensions) for stem, dimensions in _STEMS)
    if images is None or labels is None or (test_images is None) != (test_labels is None):
        absent = [f"{stem}-idx{dimensions}-ubyte" for stem, dimensions in _STEMS if not _find(path, stem, dimensions)]
        raise DataError(
            f"{path} lacks IDX files",
            found=f"no {', no '.join(absent)}",
            remedy="images and labels belong together; the two t10k files may both be missing",
        )
    train = read_array(images, IMAGES), read_array(labels, LABELS)
    test = (read_array(test_images, IMAGES), read_array(test_labels, LABELS)) if test_images and test_labels else None
    return assemble.dataset(path, train, test, form=form)


def read_array(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The values of one IDX file of unsigned bytes, with that many dimensions (raises DataError)."""
    return parse(read_unpacked(path), dimensions, path)


def read_unpacked(path: Path) -> bytes:
    """The unpacked bytes of one IDX file, never more than its header announces (raises DataError)."""
    with reading(path, _DAMAGED), open_regular(path) as file:
        packed = file.read(2) == _GZIP_MAGIC
        file.seek(0)
        if not packed:
            refuse_large_file(path)
            return file.read()
        return _gunzip(file, path)


def _gunzip(file: BinaryIO, path: Path) -> bytes:
    try:
        with gzip.GzipFile(fileobj=file) as unpacked:
            head = unpacked.read(4 + 4 * IMAGES)
            shape = _shape(head, path)
            refuse_huge(path, shape)
            limit = 4 + 4 * len(shape) + math.prod(shape)
            if limit > _MAX_GZIP_RATIO * path.stat().st_size + len(head):
                raise _wrong_size(path, f"{path.stat().st_size:,} packed bytes", limit)
            # One byte more than announced, so that a surplus shows and gzip verifies its checksum.
            rest = unpacked.read(max(0, limit + 1 - len(head)))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} cannot be unpacked", found=str(error), remedy=_DAMAGED) from error
    return head + rest


def parse(content: bytes, dimensions: int, path: Path | str) -> NDArray[np.uint8]:
    """The array in the bytes of an IDX file, which shares their memory (raises DataError, which names `path`)."""
    shape = _shape(content, path)
    if len(shape) != dimensions:
        kinds = {IMAGES: "images", LABELS: "labels"}
        raise DataError(
            f"{path} does not hold {kinds[dimensions]}",
            found=f"{len(shape)} dimensions where {kinds[dimensions]} have {dimensions}",
            remedy="check whether two files were swapped",
        )
    refuse_huge(path, shape)
    start = 4 + 4 * dimensions
    if len(content) - start != math.prod(shape):
        raise _wrong_size(path, f"{len(content):,} bytes", start + math.prod(shape))
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def header(shape: tuple[int, ...]) -> bytes:
    """The header of an IDX file of unsigned bytes."""
    return struct.pack(f">HBB{len(shape)}I", 0, _UNSIGNED_BYTE, len(shape), *shape)


def _shape(content: bytes, path: Path | str) -> tuple[int, ...]:
    count = content[3] if len(content) > 3 else 0
    if content[:3] != bytes([0, 0, _UNSIGNED_BYTE]) or not 1 <= count <= IMAGES or len(content) < 4 + 4 * count:
        raise DataError(
            f"{path} is not an IDX file of bytes",
            found=f"it begins with {content[:4].hex(' ') or 'nothing'}",
            remedy="images begin with 00 00 08 03, labels with 00 00 08 01; download the file again",
        )
    return struct.unpack_from(f">{count}I", content, 4)


def _wrong_size(path: Path | str, found: str, announced: int) -> DataError:
    return DataError(
        f"{path} does not have the size in its header",
        found=f"{found} where the header says {announced:,} bytes",
        remedy=_DAMAGED,
    )


def _find(folder: Path, stem: str, dimensions: int) -> Path | None:
    """The file in any usual spelling: with a dash or a dot, gzipped or not."""
    names = (f"{stem}{mark}idx{dimensions}-ubyte{packed}" for mark in "-." for packed in ("", ".gz"))
    return next((folder / name for name in names if (folder / name).is_file()), None)
