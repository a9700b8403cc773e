from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from digitlab.data import formats
from digitlab.data.dataset import Dataset
from digitlab.errors import DataError

HEADER = "label,pixel0,pixel1,pixel2,pixel3"


def read(path: Path, text: str) -> Dataset:
    path.write_text(text, encoding="utf-8")
    return formats.read(path)


def refused(path: Path, text: str) -> str:
    with pytest.raises(DataError) as caught:
        read(path, text)
    return str(caught.value).replace(str(path), "FILE")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("csv") / "table.csv"


def table(rows: np.ndarray) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in rows.tolist())


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 3), st.just(785))), st.booleans())
def test_what_is_written_is_read(place: Path, rows: np.ndarray, with_header: bool) -> None:
    rows[:, 0] = np.unique(rows[:, 0], return_inverse=True)[1]  # class numbers without gaps
    header = ",".join(["label", *(f"pixel{i}" for i in range(784))]) + "\n"
    dataset = read(place, header * with_header + table(rows))
    assert dataset.train.labels.tolist() == rows[:, 0].tolist()
    assert dataset.train.images.tobytes() == rows[:, 1:].tobytes()
    assert dataset.test is None


@given(st.text(max_size=60))
def test_arbitrary_text_is_refused_in_our_words(place: Path, text: str) -> None:
    refused(place, text)


@given(st.lists(st.text("0123456789,.- x\r", max_size=12), max_size=5))
def test_arbitrary_rows_give_a_dataset_or_an_error_of_ours(place: Path, rows: list[str]) -> None:
    try:
        read(place, "\n".join([HEADER, *rows]))
    except DataError:
        return


def test_a_small_square_keeps_its_size(place: Path) -> None:
    dataset = read(place, f"{HEADER}\n0,1,2,3,4\n\n1,5,6,7,8\n")
    assert dataset.train.images.tolist() == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    assert dataset.notes == ()


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("1,2,3,4", "4 values where the others have 5"),
        ("1,2,3,4,5,6", "6 values where the others have 5"),
        ("1,2,x,4,5", "'x' in column 3"),
        ("1,2,3,4,256", "'256' in column 5"),
        ("1,2,-3,4,5", "'-3' in column 3"),
        ("1,2,0.5,4,5", "'0.5' in column 3"),
        ("1,2,,4,5", "'' in column 3"),
        ("1,2,nan,4,5", "'nan' in column 3"),
    ],
)
def test_a_bad_row_is_named(place: Path, row: str, found: str) -> None:
    assert refused(place, f"{HEADER}\n0,0,0,0,0\n{row}\n1,1,1,1,1\n") == (
        "line 3 of FILE is not an image\n"
        f"  found: {found}\n"
        "  to do: give a label and the pixels, whole numbers from 0 to 255, in every row"
    )


def test_rows_that_agree_with_one_another_but_not_with_the_header(place: Path) -> None:
    assert "line 2 of FILE" in refused(place, f"{HEADER}\n1,2,3,4\n1,2,3,4\n")


def test_the_table_without_labels(place: Path) -> None:
    assert refused(place, "pixel0,pixel1\n1,2\n") == (
        "FILE has no labels\n"
        "  found: a first column named 'pixel0'\n"
        "  to do: give a table whose first column is 'label'; Kaggle's test.csv has none, its train.csv has"
    )


def test_images_that_are_not_square(place: Path) -> None:
    assert refused(place, "label,a,b\n1,2,3\n") == (
        "FILE does not hold square images\n"
        "  found: a first line with 3 columns\n"
        "  to do: give the label and H·H pixels in each row: 785 columns for 28×28"
    )


def test_a_header_alone(place: Path) -> None:
    assert refused(place, HEADER + "\n") == (
        "FILE is empty\n  found: a header and no rows\n  to do: give at least one image"
    )


def test_digits_of_another_script_are_not_numbers_to_numpy(place: Path) -> None:
    assert refused(place, "label,a\n0,٣\n") == (
        "cannot read FILE\n  found: a table that NumPy cannot parse\n  to do: give numbers and commas only"
    )


def test_a_file_that_is_no_text(place: Path) -> None:
    place.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="to do: give a text file in UTF-8"):
        formats.read(place)


def test_20_000_rows_are_read(place: Path) -> None:
    rows = np.tile(np.arange(785) % 200, (1000, 1))
    rows[:, 0] %= 10
    assert len(read(place, table(rows) * 20).train) == 20_000
