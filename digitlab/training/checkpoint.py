"""All that a training has to remember, in one file that is replaced as a whole.

Keras stores neither the state of its random layers nor, apart from the model, that of the optimizer; with
either missing, a resumed training goes another way than one that was never interrupted.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from digitlab.base.files import open_regular, replacing
from digitlab.errors import DataError, RunError

# Keras or TensorFlow variables by what they belong to: "model", "optimizer", …
Variables = Mapping[str, Sequence[Any]]


def save(path: Path, variables: Variables, epoch: int) -> None:
    """Write every variable, and how many epochs are done.

    The arrays are called `model/0/dense/kernel`: the place counts, the rest is for people, since Keras'
    names change with the models that a process made before.
    """
    arrays = {f"{place}/{_name(variable)}": np.asarray(variable) for place, variable in _places(variables)}
    with replacing(path) as temporary:
        np.savez(temporary, allow_pickle=False, epoch=np.int64(epoch), **arrays)


def restore(path: Path, variables: Variables) -> int:
    """Put every variable back; return how many epochs were done.  Parts that `variables` does not name are left alone.

    Raises:
        RunError: the file is damaged, or does not fit these variables.
    """
    try:
        with open_regular(path) as file, np.load(file, allow_pickle=False) as stored:
            arrays = {"/".join(key.split("/")[:2]): stored[key] for key in stored.files}
        epoch = int(arrays.pop("epoch"))
    except (DataError, OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise RunError(
            f"{path} is damaged", found=str(error) or type(error).__name__, remedy="start the run again"
        ) from None
    shapes = {place: array.shape for place, array in arrays.items() if place.split("/")[0] in variables}
    needed = {place: tuple(variable.shape) for place, variable in _places(variables)}
    if shapes != needed:
        raise RunError(
            "the checkpoint belongs to another model or optimizer",
            found=f"{len(shapes)} variables where {len(needed)} are needed, or other shapes, in {path}",
            remedy="resume with the recipe and train step that the run was started with",
        )
    for place, variable in _places(variables):
        variable.assign(arrays[place])
    return epoch


def _places(variables: Variables) -> Iterator[tuple[str, Any]]:
    """Every variable by its place: `model/0`, `optimizer/3`."""
    for part, members in variables.items():
        for index, variable in enumerate(members):
            yield f"{part}/{index}", variable


def _name(variable: Any) -> str:
    """The last two parts of a variable's path; TensorFlow's own variables have a name only."""
    return "/".join(getattr(variable, "path", variable.name).split("/")[-2:])
