"""The new names for old names of Keras and TensorFlow."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any, Literal

import keras
import tensorflow as tf

from digitlab.programs import old_names

Kind = Literal["removed", "ignored", "changed", "no-successor", "tensorflow-1"]
LONGEST_FIRST = sorted((old_names.MODULES | old_names.NAMES).items(), key=lambda item: -len(item[0]))


@cache
def resolved(path: str) -> Any | None:
    """The object with this dotted name in the installed Keras or TensorFlow; None: there is none."""
    found: Any = {"keras": keras, "tensorflow": tf}.get(path.partition(".")[0])
    for name in path.split(".")[1:]:
        found = getattr(found, name, None)
    return found


@cache
def successor(path: str) -> tuple[str, str] | None:
    """The new name of `path`, and the version that renamed it; None: `path` exists, or has no successor."""
    if path.endswith(".*"):
        moved = successor(path.removesuffix(".*"))
        return moved and (f"{moved[0]}.*", moved[1])
    root = "tensorflow." if path.startswith(("tensorflow.keras", "tensorflow.python.keras")) else ""
    plain = "keras" + path.partition("keras")[2] if root or path.startswith("keras.") else ""
    for old, new in LONGEST_FIRST if plain else ():
        if plain == old or (plain.startswith(f"{old}.") and old in old_names.MODULES):
            new = new if new.startswith("tensorflow.") else root + new
            new = new if plain == old else f"{new}.{plain.rpartition('.')[2]}"
            return (new, old_names.SINCE.get(old, "Keras 3")) if resolved(new) is not None else None
    if path.startswith("tensorflow.python.keras"):
        return "tensorflow." + plain, "TensorFlow 2.16"
    if resolved(path) is not None:
        return None
    if plain:  # tensorflow.keras keeps many old functions
        return (f"tensorflow.{plain}", "Keras 3") if resolved(f"tensorflow.{plain}") is not None else None
    renamed = old_names.NAMES.get(path) or _renamed_by_tensorflow(path)
    return (renamed, "TensorFlow 2.0") if renamed and ".compat.v1." not in renamed else None


def without_successor(path: str) -> tuple[str, Kind, str] | None:
    """For a name that has no successor: what to do, its kind, and the version that removed it."""
    plain = path.removeprefix("tensorflow.") if path.startswith("tensorflow.keras") else path
    for gone, remedy in old_names.WITHOUT_SUCCESSOR.items():
        if f"{plain}.".startswith(f"{gone}.") and resolved(gone) is None:
            return remedy, "no-successor", "Keras 3"
    of_v1 = path.startswith("tensorflow.compat.v1.") and path.rpartition(".")[2] in old_names.V1_ONLY
    if not of_v1 and path.startswith("tensorflow.") and resolved(path) is None:
        of_v1 = f"{path}.".startswith(old_names.TENSORFLOW_1) or _renamed_by_tensorflow(path) is not None
    return ("nothing: it is part of TensorFlow 1", "tensorflow-1", "TensorFlow 2.0") if of_v1 else None


def _renamed_by_tensorflow(path: str) -> str | None:
    from tensorflow.tools.compatibility.all_renames_v2 import symbol_renames

    new = symbol_renames.get("tf." + path.removeprefix("tensorflow."))
    return "tensorflow." + new.removeprefix("tf.") if new else None


def arguments_of(target: Any) -> dict[str, str | None]:
    """The old arguments of a class or a function of Keras, and their new names (None: remove it)."""
    found: dict[str, str | None] = {}
    for key, arguments in old_names.ARGUMENTS.items():
        package = resolved(key.removesuffix(".*"))
        if target is package or (key.endswith(".*") and target in vars(package).values()):
            found |= arguments
    taken = inspect.signature(target).parameters if found else {}
    return {old: new for old, new in found.items() if old not in taken and (new is None or new in taken)}
