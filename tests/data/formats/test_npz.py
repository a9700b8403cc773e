from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib import format as npy

from digitlab.data import formats
from digitlab.data.dataset import Dataset
from digitlab.errors import DataError

X, Y = np.zeros((3, 28, 28), np.uint8), np.array([0, 1, 2])


def archive(path: Path, **arrays: Any) -> Path:
    np.savez_compressed(path, **arrays)
    return path


def refused(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        formats.read(path)
    return str(caught.value).replace(str(path), "FILE")


def test_an_archive_with_a_test_part(tmp_path: Path, digits: Dataset) -> None:
    train, test = digits.train, digits.test
    assert test is not None
    path = archive(
        tmp_path / "a.npz", x_train=train.images, y_train=train.labels, x_test=test.images, y_test=test.labels
    )
    assert formats.read(path).sha256 == digits.sha256


def test_an_archive_without_a_test_part(tmp_path: Path) -> None:
    dataset = formats.read(archive(tmp_path / "a.npz", x_train=X, y_train=Y))
    assert (len(dataset.train), dataset.test, dataset.class_names) == (3, None, ("0", "1", "2"))


def test_an_archive_with_other_names(tmp_path: Path) -> None:
    assert refused(archive(tmp_path / "a.npz", images=X, labels=Y)) == (
        "FILE lacks arrays\n"
        "  found: images, labels\n"
        "  to do: name them x_train, y_train, and x_test, y_test for a test part"
    )


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    assert refused(archive(tmp_path / "a.npz", x_train=X, y_train=np.array([object()] * 3))) == (
        "y_train in FILE does not hold numbers\n"
        "  found: Python objects, which could run code when loaded\n"
        "  to do: save it as an array of numbers, for example images.astype('uint8')"
    )


def member(shape: tuple[int, ...], values: bytes) -> bytes:
    """A .npy whose header claims `shape`, whatever values follow."""
    buffer = io.BytesIO()
    npy.write_array_header_1_0(buffer, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return buffer.getvalue() + values


LIES = """\
does not have the size in its header
  found: 100 bytes for an array of shape (1000, 28, 28) and type uint8
  to do: the file is damaged: save it again with np.savez"""


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ((10**9, 28, 28), "claims to hold more than can be loaded"),
        ((1000, 28, 28), LIES),
        ((-3, 28, 28), "does not have the size in its header"),
    ],
)
def test_a_header_that_lies(tmp_path: Path, shape: tuple[int, ...], text: str) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x_train.npy", member(shape, bytes(100)))
        file.writestr("y_train.npy", member((3,), bytes(3)))
    assert refused(path).startswith(f"x_train in FILE {text}")


def test_a_file_that_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(b"nothing of the kind")
    assert refused(path) == (
        "cannot read FILE\n"
        "  found: File is not a zip file\n"
        "  to do: the file is damaged or not an .npz: save it again with np.savez"
    )


@given(st.integers(0, 10**6), st.integers(0, 255))
def test_a_changed_byte_is_refused_or_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, where: int, value: int
) -> None:
    path = archive(tmp_path_factory.getbasetemp() / "flipped.npz", x_train=X, y_train=Y)
    content = bytearray(path.read_bytes())
    content[where % len(content)] = value
    path.write_bytes(content)
    try:
        dataset = formats.read(path)
    except DataError:
        return
    assert dataset.train.images.tobytes() == X.tobytes()
    assert dataset.train.labels.tolist() == Y.tolist()
