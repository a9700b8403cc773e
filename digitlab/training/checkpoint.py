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
    """Write every variable of model (seed states too) and optimizer, and how many epochs are done."""
    arrays = {key: np.asarray(variable) for key, variable in _variables(model, optimizer).items()}
    with replacing(path) as temporary:
        np.savez(temporary, allow_pickle=False, epoch=np.int64(epoch), **arrays)


def restore(path: Path, model: keras.Model, optimizer: keras.optimizers.Optimizer) -> int:
    """Put every variable back; return how many epochs were done.

    Raises:
        RunError: the file does not fit this model and optimizer.
    """
    variables = _variables(model, optimizer)
    with np.load(path, allow_pickle=False) as stored:
        if set(stored.files) != {"epoch", *variables}:
            raise RunError(
                "the checkpoint belongs to another model or optimizer",
                found=f"{len(stored.files) - 1} variables where {len(variables)} are needed, in {path}",
                remedy="resume with the recipe and train step that the run was started with",
            )
        for key, variable in variables.items():
            variable.assign(stored[key])
        return int(stored["epoch"])


def _variables(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> dict[str, keras.Variable]:
    """Every variable by its place; the name Keras gives it is for people (it counts models made before)."""
    parts = {"model": model.variables, "optimizer": optimizer.variables}
    return {
        f"{part}/{index}/{'/'.join(variable.path.split('/')[-2:])}": variable
        for part, variables in parts.items()
        for index, variable in enumerate(variables)
    }
