"""A user's own file as a spec: "my_model.py" or "my_model.py:Name".  Needs no TensorFlow."""

from __future__ import annotations

import re
from typing import NamedTuple

from digitlab.data.dataset import Dataset
from digitlab.errors import UsageError
from digitlab.images.spec import MNIST

FORM = re.compile(r"(?P<path>.+\.(?:py|ipynb))(?::(?P<name>.*))?", re.IGNORECASE)


class FileSpec(NamedTuple):
    """Which file, and which model in it (None: the only one)."""

    path: str
    name: str | None


def is_file_spec(spec: str) -> bool:
    """Whether `spec` names a file rather than a recipe; the file need not exist."""
    return FORM.fullmatch(spec) is not None


def parse_file_spec(spec: str) -> FileSpec:
    """Path and name in `spec`, for which `is_file_spec` holds."""
    form = FORM.fullmatch(spec)
    assert form is not None, spec
    return FileSpec(form["path"], form["name"] or None)


def refuse_for_programs(dataset: Dataset) -> None:
    """Refuse images of another form than a person's program is fed (raises UsageError)."""
    if dataset.spec != MNIST:
        raise UsageError(
            "a model file of yours takes images of 28×28 pixels in grey",
            found=f"{dataset.spec} images of {len(dataset.class_names)} classes",
            remedy="give --image-size 28 --gray, too; or train a recipe, which takes any size and colour: cnn, fast",
        )
