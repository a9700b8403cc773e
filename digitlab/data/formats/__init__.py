"""The file formats that `--data` takes, one file each.

- `idx`: a folder with MNIST's four files, gzipped or not; the two t10k files may be missing.
- `npz`: one NumPy archive with Keras' key names.
- `csv`: one table in Kaggle's layout.
- `folder`: a folder of class folders of PNG and JPEG pictures.

All return a `Dataset` whose images have one form, or raise `DataError`; none trusts the size in a header.
"""

from __future__ import annotations

from pathlib import Path

from digitlab.data.dataset import Dataset
from digitlab.data.formats import csv, folder, idx, npz
from digitlab.data.formats.shape import AS_IT_IS, Form
from digitlab.errors import DataError


def read(path: Path, form: Form = AS_IT_IS) -> Dataset:
    """Read a dataset from a file or a folder, whose name and content tell its format (raises DataError)."""
    if path.is_dir():
        return idx.read_folder(path, form) if idx.is_folder(path) else folder.read_folder(path, form)
    match path.suffix.lower():
        case ".npz":
            return npz.read_file(path, form)
        case ".csv":
            return csv.read_file(path, form)
        case suffix:
            raise DataError(
                f"unknown format of {path}",
                found=f"a file that ends in '{suffix}'" if suffix else "a file without an extension",
                remedy="give an .npz, a .csv, a folder of IDX files, or one folder of pictures for each class",
            )
