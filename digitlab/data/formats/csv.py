"""Kaggle's table: a header `label,pixel0,…,pixel783`, then one image per row, values 0 to 255.

Tables of the same layout without the header are read too.
"""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from digitlab.base.files import open_regular, reading
from digitlab.data.dataset import Dataset
from digitlab.data.formats import assemble
from digitlab.data.formats.limits import refuse_large_file
from digitlab.data.formats.shape import AS_IT_IS, Form
from digitlab.errors import DataError

_MAX_LINE = 2**20  # characters; a row of Kaggle's has at most 4,000


def read_file(path: Path, form: Form = AS_IT_IS) -> Dataset:
    """Read a table with the label in the first column and the pixels of a square image in the others.

    Raises DataError with the place of a bad row or value.
    """
    with reading(path, "give a text file in UTF-8"):
        refuse_large_file(path)
        with io.TextIOWrapper(open_regular(path), encoding="utf-8-sig") as file:
            first = file.readline(_MAX_LINE).rstrip("\n").split(",")
            has_header = not _is_number(first[0])
            if has_header:
                _check_header(path, first)
            _check_square(path, len(first))
            table = _read_rows(path, file, len(first), start=int(has_header))
    return assemble.dataset(path, (table[:, 1:], table[:, 0]), None, form=form)


def _read_rows(path: Path, file: TextIO, columns: int, start: int) -> NDArray[np.uint8]:
    """The rows from line `start` on as uint8 [N, columns]; on an error, find the row that caused it."""
    file.seek(0)
    try:
        if not any(line.strip() for number, line in enumerate(file) if number >= start):
            raise DataError(f"{path} is empty", found="a header and no rows", remedy="give at least one image")
        file.seek(0)
        table = np.loadtxt(file, np.uint8, delimiter=",", comments=None, skiprows=start, ndmin=2)
    except ValueError:
        raise _first_bad_row(path, columns, start) from None
    if table.shape[1] != columns:
        raise _first_bad_row(path, columns, start)
    return table


def _first_bad_row(path: Path, columns: int, start: int) -> DataError:
    """The error for the first row that is not a row of bytes."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, 1):
            values = line.rstrip("\n").split(",")
            if number <= start or not line.strip():
                continue
            if len(values) != columns:
                return _bad_row(path, number, f"{len(values)} values where the others have {columns}")
            wrong = next((place for place, value in enumerate(values) if not _is_byte(value)), None)
            if wrong is not None:
                return _bad_row(path, number, f"'{values[wrong][:20]}' in column {wrong + 1}")
    return DataError(
        f"cannot read {path}", found="a table that NumPy cannot parse", remedy="give numbers and commas only"
    )


def _bad_row(path: Path, number: int, found: str) -> DataError:
    return DataError(
        f"line {number:,} of {path} is not an image",
        found=found,
        remedy="give a label and the pixels, whole numbers from 0 to 255, in every row",
    )


def _is_byte(text: str) -> bool:
    return text.strip().isdecimal() and int(text[:20]) <= 255


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_header(path: Path, names: list[str]) -> None:
    if names[0].strip().strip('"').lower() != "label":
        raise DataError(
            f"{path} has no labels",
            found=f"a first column named '{names[0][:40]}'",
            remedy="give a table whose first column is 'label'; Kaggle's test.csv has none, its train.csv has",
        )


def _check_square(path: Path, columns: int) -> None:
    if columns < 2 or math.isqrt(columns - 1) ** 2 != columns - 1:
        raise DataError(
            f"{path} does not hold square images",
            found=f"a first line with {columns} columns",
            remedy="give the label and H·H pixels in each row: 785 columns for 28×28",
        )
