"""All that a training has to remember, in one file that is replaced as a whole.

Keras stores neither the state of its random layers nor, apart from the model, that of the optimizer; with
either missing, a resumed training goes another way than one that was never interrupted.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from digitlab.errors import RunError
from digitlab.files import replacing


def save(path: Path, model: keras.Model, optimizer: keras.optimizers.Optimizer, epoch: int) -> None:
    """Write every variable of model (seed states too) and optimizer, and how many epochs are done.

    The arrays are called «model/0/dense/kernel»: the place counts, the rest is for people, since Keras'
    names change with the models that a process made before.
    """
    arrays = {
        f"{place}/{'/'.join(variable.path.split('/')[-2:])}": np.asarray(variable)
        for place, variable in _variables(model, optimizer).items()
    }
    with replacing(path) as temporary:
        np.savez(temporary, allow_pickle=False, epoch=np.int64(epoch), **arrays)


def restore(path: Path, model: keras.Model, optimizer: keras.optimizers.Optimizer) -> int:
    """Put every variable back; return how many epochs were done.

    Raises:
        RunError: the file does not fit this model and optimizer.
    """
    variables = _variables(model, optimizer)
    with np.load(path, allow_pickle=False) as stored:
        arrays = {"/".join(key.split("/")[:2]): stored[key] for key in stored.files}
    epoch = int(arrays.pop("epoch"))
    shapes = {place: array.shape for place, array in arrays.items()}
    if shapes != {place: tuple(variable.shape) for place, variable in variables.items()}:
        raise RunError(
            "the checkpoint belongs to another model or optimizer",
            found=f"{len(shapes)} variables where {len(variables)} are needed, or other shapes, in {path}",
            remedy="resume with the recipe and train step that the run was started with",
        )
    for place, variable in variables.items():
        variable.assign(arrays[place])
    return epoch


def _variables(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> dict[str, keras.Variable]:
    """Every variable by its place: «model/0», «optimizer/3»."""
    parts = {"model": model.variables, "optimizer": optimizer.variables}
    return {
        f"{part}/{index}": variable for part, variables in parts.items() for index, variable in enumerate(variables)
    }
