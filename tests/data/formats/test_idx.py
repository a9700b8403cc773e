from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from digitlab.data import formats
from digitlab.data.dataset import Dataset
from digitlab.data.formats import idx
from digitlab.errors import DataError

ANY_IMAGES = arrays.arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6)))
IMAGES = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
FILE = struct.pack(">IIII", 2051, 2, 3, 3) + IMAGES.tobytes()  # as the authors of the format describe it


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("idx") / "images"


def refused(path: Path, content: bytes, dimensions: int = idx.IMAGES) -> str:
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        idx.read_array(path, dimensions)
    return str(caught.value).replace(str(path), "FILE")


@given(ANY_IMAGES)
def test_what_is_written_is_read(place: Path, images: np.ndarray) -> None:
    place.write_bytes(gzip.compress(idx.header(images.shape) + images.tobytes()))
    np.testing.assert_array_equal(idx.read_array(place, idx.IMAGES), images)


def test_the_header_is_the_one_that_the_format_says() -> None:
    assert idx.header((2, 3, 3)) + IMAGES.tobytes() == FILE


@given(st.binary(max_size=60), st.booleans())
def test_arbitrary_bytes_are_refused_in_our_words(place: Path, content: bytes, packed: bool) -> None:
    place.write_bytes(gzip.compress(content) if packed else content)
    try:
        array = idx.read_array(place, idx.IMAGES)
    except DataError:
        return
    assert idx.header(array.shape) + array.tobytes() == content


@given(st.integers(0, 10**6), st.integers(0, 255))
def test_a_changed_byte_in_gzip_is_refused_or_changes_nothing(place: Path, where: int, value: int) -> None:
    packed = bytearray(gzip.compress(FILE, mtime=0))
    packed[where % len(packed)] = value
    place.write_bytes(packed)
    try:
        array = idx.read_array(place, idx.IMAGES)
    except DataError:
        return
    np.testing.assert_array_equal(array, IMAGES)


@pytest.mark.parametrize("packed", [True, False])
def test_every_truncation_is_refused(place: Path, packed: bool) -> None:
    content = gzip.compress(FILE) if packed else FILE
    for length in range(len(content)):
        refused(place, content[:length])


def test_a_file_that_is_cut_short(place: Path) -> None:
    assert refused(place, FILE[:-1]) == (
        "FILE does not have the size in its header\n"
        "  found: 33 bytes where the header says 34 bytes\n"
        "  to do: the file is damaged or cut short: download it again"
    )


def test_a_gzip_that_is_cut_short(place: Path) -> None:
    assert refused(place, gzip.compress(FILE)[:-9]) == (
        "FILE cannot be unpacked\n"
        "  found: Compressed file ended before the end-of-stream marker was reached\n"
        "  to do: the file is damaged or cut short: download it again"
    )


def test_a_gzip_bomb_is_read_no_further_than_announced(place: Path) -> None:
    bomb = gzip.compress(FILE + bytes(50_000_000))
    assert "found: 35 bytes where the header says 34 bytes" in refused(place, bomb)


def test_a_header_of_huge_sizes_is_refused_before_anything_is_allocated(place: Path) -> None:
    huge = struct.pack(">IIII", 2051, 2**32 - 1, 2**32 - 1, 2**32 - 1)
    text = (
        "FILE claims to hold more than can be loaded\n"
        "  found: an array of 4,294,967,295×4,294,967,295×4,294,967,295\n"
        "  to do: at most 2,000,000 images and 4 GiB; if it should be smaller, the file is damaged: download it again"
    )
    assert refused(place, huge) == text
    assert refused(place, gzip.compress(huge)) == text


def test_a_header_that_no_packed_file_of_this_size_can_fulfil(place: Path) -> None:
    claims = gzip.compress(struct.pack(">IIII", 2051, 1_000_000, 28, 28), mtime=0)
    assert f"{len(claims)} packed bytes where the header says 784,000,016 bytes" in refused(place, claims)


def test_labels_where_images_are_expected(place: Path) -> None:
    assert refused(place, struct.pack(">II", 2049, 2) + b"\1\2") == (
        "FILE does not hold images\n"
        "  found: 1 dimensions where images have 3\n"
        "  to do: check whether two files were swapped"
    )


def test_something_else(place: Path) -> None:
    assert refused(place, b"<html>") == (
        "FILE is not an IDX file of bytes\n"
        "  found: it begins with 3c 68 74 6d\n"
        "  to do: images begin with 00 00 08 03, labels with 00 00 08 01; download the file again"
    )


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found: No such file or directory"):
        idx.read_array(tmp_path / "nothing", idx.IMAGES)


def save(folder: Path, files: dict[str, bytes], ending: str = "") -> Path:
    for name, content in files.items():
        (folder / f"{name}{ending}").write_bytes(gzip.compress(content, 1) if ending else content)
    return folder


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_folder_gzipped_or_not(tmp_path: Path, small_files: dict[str, bytes], digits: Dataset, ending: str) -> None:
    assert formats.read(save(tmp_path, small_files, ending)).sha256 == digits.sha256


def test_a_folder_without_test_files(tmp_path: Path, small_files: dict[str, bytes]) -> None:
    dataset = formats.read(save(tmp_path, dict(list(small_files.items())[:2])))
    assert (len(dataset.train), dataset.test, dataset.notes) == (600, None, ())


def test_a_folder_with_half_of_a_part(tmp_path: Path, small_files: dict[str, bytes]) -> None:
    save(tmp_path, dict(list(small_files.items())[:3]))
    with pytest.raises(DataError) as caught:
        formats.read(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} lacks IDX files\n"
        "  found: no t10k-labels-idx1-ubyte\n"
        "  to do: images and labels belong together; the two t10k files may both be missing"
    )


def test_images_and_labels_that_differ_in_number(tmp_path: Path, small_files: dict[str, bytes]) -> None:
    images, labels = list(small_files)[:2]
    save(tmp_path, {images: small_files[images], labels: idx.header((599,)) + bytes(599)})
    with pytest.raises(DataError) as caught:
        formats.read(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} needs one label for each image\n"
        "  found: 600 images and 599 labels\n"
        "  to do: give the two files or arrays of the same part"
    )
