"""A NumPy archive with Keras' key names: x_train, y_train, and x_test, y_test where there is a test part."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

from numpy.lib import format as npy
from numpy.typing import NDArray

from digitlab.base.files import open_regular, reading
from digitlab.data.dataset import Dataset
from digitlab.data.formats import assemble
from digitlab.data.formats.limits import refuse_huge
from digitlab.data.formats.shape import AS_IT_IS, Form
from digitlab.errors import DataError

TRAIN, TEST = ("x_train", "y_train"), ("x_test", "y_test")
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_file(path: Path, form: Form = AS_IT_IS) -> Dataset:
    """Read an archive made with `np.savez(path, x_train=…, y_train=…, x_test=…, y_test=…)` (raises DataError)."""
    arrays = read_arrays(path)
    train = arrays["x_train"], arrays["y_train"]
    test = (arrays["x_test"], arrays["y_test"]) if "x_test" in arrays else None
    return assemble.dataset(path, train, test, form=form)


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays under Keras' key names, unchanged; the test ones only if both exist (raises DataError)."""
    with (
        reading(path, "the file is damaged or not an .npz: save it again with np.savez"),
        open_regular(path) as file,
        zipfile.ZipFile(file) as archive,
    ):
        keys = {name.removesuffix(".npy") for name in archive.namelist()}
        if not keys.issuperset(TRAIN) or len(keys.intersection(TEST)) == 1:
            raise DataError(
                f"{path} lacks arrays",
                found=", ".join(sorted(keys)) or "an empty archive",
                remedy="name them x_train, y_train, and x_test, y_test for a test part",
            )
        return {key: _read(archive, key, path) for key in (*TRAIN, *TEST) if key in keys}


def _read(archive: zipfile.ZipFile, key: str, path: Path) -> NDArray[Any]:
    _check_header(archive, key, path)
    with archive.open(f"{key}.npy") as member:
        array: NDArray[Any] = npy.read_array(member, allow_pickle=False)
        return array


def _check_header(archive: zipfile.ZipFile, key: str, path: Path) -> None:
    """Refuse objects, and an array whose size differs from its member's, before anything is allocated."""
    with archive.open(f"{key}.npy") as member:
        shape, _, dtype = _HEADERS[npy.read_magic(member)](member)
        if dtype.kind not in "iufb":
            raise DataError(
                f"{key} in {path} does not hold numbers",
                found="Python objects, which could run code when loaded" if dtype.hasobject else f"type {dtype}",
                remedy="save it as an array of numbers, for example images.astype('uint8')",
            )
        refuse_huge(f"{key} in {path}", shape or (1,), dtype.itemsize)
        held = archive.getinfo(f"{key}.npy").file_size - member.tell()
        if held != math.prod(shape) * dtype.itemsize:
            raise DataError(
                f"{key} in {path} does not have the size in its header",
                found=f"{held:,} bytes for an array of shape {shape} and type {dtype}",
                remedy="the file is damaged: save it again with np.savez",
            )
