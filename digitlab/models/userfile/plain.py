"""Models that are no `keras.Model`: functions over variables, `tf.Module`s, objects of classes of one's own."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from digitlab.models.userfile.parts import own, required
from digitlab.models.userfile.running import Namespace
from digitlab.models.userfile.script import opens_tape
from digitlab.programs.call import DROP, KEEP, TRAINING
from digitlab.programs.stage import undisturbed

IMAGES = ("x", "images", "image", "inputs", "input", "xb", "batch", "img", "imgs", "features", "pixels", "batch_x")
SWITCHES: dict[tuple[str, ...], Any] = {TRAINING: False, KEEP: 1.0, DROP: 0.0}  # off: as when it only answers
NAMES = ("model", "net", "network", "predict", "forward", "logits")


@dataclass(frozen=True)
class PlainModel:
    """Something to call on a batch of images.

    Attributes:
        name: in the file.
        value: what the file has under this name.
        call: (images, whether it trains) → predictions.
        owner: the object whose method is called; None: a function is.
        method: its name.
    """

    name: str
    value: Any
    call: Callable[[Any, bool], Any]
    owner: Any
    method: str


def find_plain_model(namespace: Namespace, name: str | None, images: Any, classes: int) -> PlainModel | None:
    """The callable of the file that turns images into one number a class, or None.

    Where several do, the one that the training calls, then one of the usual names, then the last of the file.
    """
    found = [
        model
        for model in _candidates(namespace, name)
        if _gives_rows(model, namespace, images, classes)
    ]  # fmt: skip
    called = _called_while_training(namespace)
    ranked = sorted(
        found,
        key=lambda model: (
            model.name in called,
            model.name in NAMES or isinstance(model.value, tf.Module),
            namespace.lines.get(model.name, 0),
        ),
    )
    return ranked[-1] if ranked else None


def _candidates(namespace: Namespace, name: str | None) -> Iterator[PlainModel]:
    for known, value in own(namespace):
        if name is not None and known != name:
            continue
        if inspect.isclass(value) or isinstance(value, tf.keras.layers.Layer | tf.keras.losses.Loss):
            continue
        method = "" if _is_function(value) else _method(value)
        if method is None:
            continue
        call = _as_call(getattr(value, method) if method else value, namespace)
        if call is not None:
            yield PlainModel(known, value, call, value if method else None, method or known)


def _is_function(value: Any) -> bool:
    return inspect.isfunction(value) or hasattr(value, "python_function")


def _method(value: Any) -> str | None:
    """How an object of one of the file's own classes is called on images: the name of its method."""
    if not isinstance(value, tf.Module) and type(value).__module__ != f"user_file_{_stem(value)}":
        return None
    for name in ("__call__", "forward", "predict", "call"):
        if callable(getattr(value, name, None)):
            return name
    return None


def _stem(value: Any) -> str:
    return type(value).__module__.removeprefix("user_file_")


def _as_call(function: Any, namespace: Namespace) -> Callable[[Any, bool], Any] | None:
    """`function` with images in the place of the one parameter that the file has no value for."""
    plain = getattr(function, "python_function", function)
    try:
        needed = required(plain)
        names = list(inspect.signature(plain).parameters)
    except (TypeError, ValueError):
        return None
    switches = {name: off for names_of, off in SWITCHES.items() for name in names_of if name in names}
    needed = [name for name in needed if name not in ("self", *switches)]
    free = [name for name in needed if name in IMAGES or name not in namespace.values]
    if len(free) != 1:
        return None
    others = {name: namespace.values[name] for name in needed if name != free[0]}

    def call(images: Any, training: bool) -> Any:
        set_so = {name: training if name in TRAINING else off for name, off in switches.items()}
        return function(**{free[0]: images}, **others, **set_so)

    return call


def _gives_rows(model: PlainModel, namespace: Namespace, images: Any, classes: int) -> bool:
    try:
        with undisturbed(namespace.source):
            # Traced first: an operation that runs on a shape which it cannot take may end the whole process.
            tf.function(lambda batch: model.call(batch, False)).get_concrete_function(images)
            rows = model.call(images, False)
        shape = tuple(rows.shape)
    except Exception:  # not a model, or not of such images
        return False
    return (
        isinstance(rows, tf.Tensor | tf.Variable | np.ndarray)
        and len(shape) == 2
        and shape[0] == images.shape[0]
        and classes <= shape[1] < 4 * classes
    )


def _called_while_training(namespace: Namespace) -> set[str]:
    """The names that are called where a tape is open."""
    trees = [node for node in ast.walk(namespace.source.tree) if isinstance(node, ast.With) and opens_tape(node)]
    return {
        call.func.id
        for tree in trees
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    }
