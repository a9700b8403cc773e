"""A user's file as a spec, "my_model.py" or "my_model.py:Name", and the images it takes.  Needs no TensorFlow."""

from __future__ import annotations

import re
from typing import NamedTuple

from digitlab.data.dataset import Dataset
from digitlab.errors import UsageError
from digitlab.images.spec import MNIST

PIXELS = MNIST.values  # of an image that a program is fed
SHAPES = ((PIXELS,), MNIST.shape, (*MNIST.shape, 1))  # that a model may take
FORM = re.compile(r"(?P<path>.+\.(?:py|ipynb))(?::(?P<name>.*))?", re.IGNORECASE)


class FileSpec(NamedTuple):
    """The path of a file, and the name of the model in it (None: the only one)."""

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
    """Refuse images that a user's program cannot be fed (raises UsageError)."""
    if dataset.spec != MNIST:
        raise UsageError(
            "a model file needs grey images of 28×28 pixels",
            found=f"{dataset.spec}, {len(dataset.class_names)} classes",
            remedy="add --image-size 28 --gray; or train a recipe, which takes any size and colour: cnn, fast",
        )
