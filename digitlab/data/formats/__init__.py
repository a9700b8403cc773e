"""The file formats that `--data` takes, one file each.

- `idx`: a folder with MNIST's four files, gzipped or not; the two t10k files may be missing.
- `npz`: one NumPy archive with Keras' key names.
- `csv`: one table in Kaggle's layout.
- `folder`: a folder of class folders of PNG and JPEG pictures.

All of them return a `Dataset` whose images have one form, or raise `DataError`; none trusts a size that a file claims.
"""

from __future__ import annotations

from pathlib import Path

from digitlab.data.dataset import Dataset
from digitlab.data.formats import csv, folder, idx, npz
from digitlab.data.formats.shape import AS_IT_IS, Form
from digitlab.errors import DataError


def read(path: Path, form: Form = AS_IT_IS) -> Dataset:
    """Read a dataset from a file or a folder, whose format is told by its name and content.

    Args:
        path: the file or folder.
        form: what its images become.

    Raises:
        DataError: the format is none of ours, or the content is damaged.
    """
    if path.is_dir():
        return idx.read_folder(path, form) if idx.is_folder(path) else folder.read_folder(path, form)
    match path.suffix.lower():
        case ".npz":
            return npz.read_file(path, form)
        case ".csv":
            return csv.read_file(path, form)
        case suffix:
            raise DataError(
                f"cannot tell the format of {path}",
                found=f"a file that ends in '{suffix}'" if suffix else "a file whose name has no ending",
                remedy="give an .npz, a .csv, a folder of IDX files, or a folder with one folder of pictures a class",
            )
