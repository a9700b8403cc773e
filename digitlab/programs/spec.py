"""A user's own file as a spec: "my_model.py" or "my_model.py:Name".  Needs no TensorFlow."""

from __future__ import annotations

import re
from typing import NamedTuple

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
