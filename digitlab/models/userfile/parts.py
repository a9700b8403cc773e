"""Finds loss, optimizer, train step and metrics among what a file defined: by name, else by type."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Any

import keras

from digitlab.models.userfile.running import Namespace
from digitlab.models.userfile.script import opens_tape_once

LOSSES = ("loss", "loss_object", "loss_fn", "loss_function", "loss_func", "criterion", "compute_loss")
OPTIMIZERS = ("optimizer", "opt")
STEPS = ("train_step", "training_step", "train_batch", "train_on_batch", "train_one_step", "step")


def own(namespace: Namespace) -> Iterator[tuple[str, Any]]:
    """Names and values that the file itself made: not what it imported."""
    imported = {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(namespace.source.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    for name, value in list(namespace.values.items()):
        if not name.startswith("__") and name not in imported:
            yield name, value


def required(function: Any) -> list[str]:
    """The parameters that have no default."""
    return [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]


def find_loss(namespace: Namespace, model: keras.Model | None) -> Any | None:
    """The loss that `compile` was given, or the file's own: an object, a function or a name that Keras knows."""
    if model is not None and getattr(model, "compiled", False) and model.loss is not None:
        return model.loss if isinstance(model.loss, keras.losses.Loss) else keras.losses.get(model.loss)
    for name in LOSSES:
        value = namespace.values.get(name)
        if isinstance(value, keras.losses.Loss) or (inspect.isroutine(value) and len(required(value)) == 2):
            return value
        if isinstance(value, str):
            return keras.losses.get(value)
    return _only(namespace, keras.losses.Loss)


def find_optimizer(namespace: Namespace, model: keras.Model | None) -> keras.optimizers.Optimizer | None:
    """The optimizer that `compile` was given, or the file's own."""
    if model is not None and getattr(model, "compiled", False) and model.optimizer is not None:
        return model.optimizer
    for name in OPTIMIZERS:
        value = namespace.values.get(name)
        if isinstance(value, keras.optimizers.Optimizer):
            return value
        if isinstance(value, str):
            return keras.optimizers.get(value)
    return _only(namespace, keras.optimizers.Optimizer)


def _only(namespace: Namespace, kind: type) -> Any | None:
    values = {id(value): value for _, value in own(namespace) if isinstance(value, kind)}
    return next(iter(values.values())) if len(values) == 1 else None


def find_step(namespace: Namespace) -> str | None:
    """The name of the file's train step: one of the usual names, or its only function that uses a `GradientTape`."""
    functions = {name: node for name, node in _functions(namespace) if callable(namespace.values.get(name))}
    for name in STEPS:
        if name in functions:
            return name
    with_tape = [name for name, node in functions.items() if opens_tape_once(node)]
    return with_tape[0] if len(with_tape) == 1 else None


def _functions(namespace: Namespace) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in namespace.source.tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node


def metrics_of(namespace: Namespace, model: keras.Model) -> dict[str, keras.metrics.Metric]:
    """The metric objects of file and model by name, those in dictionaries and lists too."""
    found: dict[str, keras.metrics.Metric] = {metric.name: metric for metric in model.metrics}
    for name, value in own(namespace):
        items = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else []
        )
        for key, one in [("", value), *items]:
            if isinstance(one, keras.metrics.Metric):
                found[f"{name} {key}".strip()] = one
    return found
