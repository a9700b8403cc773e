"""Finds model, loss, optimizer and train step among what a file defined: by type, and by name in doubt."""

from __future__ import annotations

import ast
import difflib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras

from digitlab.errors import ModelFileError
from digitlab.models.userfile.running import Namespace, undisturbed
from digitlab.models.userfile.script import PRINTS

MODEL, BUILD = "model", "build_model"
LOSSES = ("loss", "loss_object", "loss_fn", "loss_function", "loss_func", "criterion", "compute_loss")
OPTIMIZERS = ("optimizer", "opt")
STEPS = ("train_step", "training_step", "train_batch", "train_on_batch", "train_one_step", "step")


@dataclass(frozen=True)
class Found:
    """A model's name, the line that defines it, and how to make it."""

    name: str
    line: int | None
    make: Callable[[], keras.Model]


def find_model(namespace: Namespace, name: str | None) -> Found:
    """The model called `name`, or the only one there is.

    Looked for in this order: a model that exists (called `model`, if there are several), `build_model()`, a subclass
    of `keras.Model`.

    Raises:
        ModelFileError: none, several, none of that name, or one that cannot be made.
    """
    candidates = _by_name(namespace, name) if name else _candidates(namespace)
    if not candidates:
        raise _no_model(namespace)
    if len(candidates) > 1:
        raise _several(namespace, candidates)
    return _found(namespace, candidates[0])


def _by_name(namespace: Namespace, name: str) -> list[str]:
    value = namespace.values.get(name)
    if isinstance(value, keras.Model) or _is_model_class(value) or inspect.isfunction(value):
        return [name]
    if name in namespace.missing:
        raise namespace.error_of(NameError(name=name), "")
    known = sorted({*_models(namespace), *_classes(namespace), *_makers(namespace)})
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    raise namespace.source.error(
        namespace.lines.get(name),
        f"there is no model '{name}'",
        found=f"'{name}' is of type {type(value).__name__}" if name in namespace.values else "no such name in the file",
        remedy=(f"did you mean '{near[0]}'? " if near else "")
        + f"In the file: {', '.join(known) or 'no model at all'}",
    )


def _candidates(namespace: Namespace) -> list[str]:
    models = _models(namespace)
    if MODEL in models:
        return [MODEL]
    if models:
        return models
    if inspect.isfunction(namespace.values.get(BUILD)):
        return [BUILD]
    return _classes(namespace)


def _models(namespace: Namespace) -> list[str]:
    """The names of the models that exist, each once, without those that are parts of another."""
    models = {name: value for name, value in own(namespace) if isinstance(value, keras.Model)}
    parts = {id(part) for model in models.values() for part in model._flatten_layers(include_self=False)}
    first = {id(model): name for name, model in reversed(models.items()) if id(model) not in parts}
    if MODEL in models:
        first[id(models[MODEL])] = MODEL
    return sorted(first.values(), key=lambda name: namespace.lines.get(name, 0))


def _classes(namespace: Namespace) -> list[str]:
    """The names of the file's own model classes, without those that another one is built from."""
    classes = [name for name, value in own(namespace) if _is_model_class(value)]
    bodies = {node.name: node for node in namespace.source.tree.body if isinstance(node, ast.ClassDef)}
    used = {
        node.id
        for name in classes
        if name in bodies
        for node in ast.walk(bodies[name])
        if isinstance(node, ast.Name) and node.id != name
    }
    return [name for name in classes if name in bodies and name not in used]


def _makers(namespace: Namespace) -> list[str]:
    """Functions that can be called without arguments and look as if they gave a model."""
    return [
        name for name, value in own(namespace) if inspect.isfunction(value) and "model" in name and not _required(value)
    ]


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


def _found(namespace: Namespace, name: str) -> Found:
    value, line = namespace.values[name], namespace.lines.get(name)
    if isinstance(value, keras.Model):
        return Found(name, line, lambda: value)
    required = _required(value)
    if required:
        remedy = (
            f"give them defaults, or add: def {BUILD}(): return {name}({', '.join(f'{one}=…' for one in required)})"
            if inspect.isclass(value)
            else "give them defaults"
        )
        kind = "the constructor" if inspect.isclass(value) else "the function"
        found = f"{name}({', '.join(required)})"
        raise namespace.source.error(line, f"{kind} of the model needs arguments", found=found, remedy=remedy)
    return Found(name, line, lambda: _made(namespace, name, line))


def _made(namespace: Namespace, name: str, line: int | None) -> keras.Model:
    try:
        with undisturbed(namespace.source):
            model = namespace.values[name]()
    except Exception as error:
        raise namespace.error_of(error, f"{name}() makes the model") from None
    if not isinstance(model, keras.Model):
        raise namespace.source.error(
            line,
            f"{name}() gives no Keras model",
            found=f"{type(model).__name__}",
            remedy="return a keras.Model: keras.Sequential([…]), or an object of your own subclass",
        )
    return model


def _is_model_class(value: Any) -> bool:
    return inspect.isclass(value) and issubclass(value, keras.Model) and value is not keras.Model


def _required(function: Any) -> list[str]:
    """The parameters that have no default."""
    return [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]


def _no_model(namespace: Namespace) -> ModelFileError:
    makers = _makers(namespace)
    if makers:
        found = f"functions that may give one: {', '.join(makers)}"
        remedy = f"say which: {namespace.source.shown}:{makers[0]}, or call it {BUILD}"
        return namespace.source.error(None, "there is no model in the file", found=found, remedy=remedy)
    for one in namespace.left_out:
        if one.why != PRINTS and _mentions_model(one.statement):
            return namespace.source.error(
                one.statement.lineno,
                "there is no model in the file, and this statement, which might make one, was left out",
                found=f"{namespace.source.quote(one.statement.lineno)} ({one.why})",
                remedy=f"make the model at the top level, apart from its training, or in a function {BUILD}()",
            )
    return namespace.source.error(
        None,
        "there is no model in the file",
        found="no keras.Model, no subclass of it, no function build_model()",
        remedy="define class MyModel(keras.Model), or def build_model(): return keras.Sequential([…])",
    )


def _mentions_model(statement: ast.stmt) -> bool:
    """Whether a left-out statement could have made a model: it binds one by name, or calls `main()` and the like."""
    if isinstance(statement, ast.Assign | ast.If | ast.With):
        return True
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Name)
    )


def _several(namespace: Namespace, names: list[str]) -> ModelFileError:
    places = ", ".join(f"{name} (line {namespace.lines.get(name)})" for name in names)
    return namespace.source.error(
        None,
        f"there are {len(names)} models in the file",
        found=places,
        remedy=f"say which: {namespace.source.shown}:{names[-1]}",
    )


def find_loss(namespace: Namespace, model: keras.Model) -> Any | None:
    """The loss that `compile` was given, or the file's own: an object, a function or a name that Keras knows."""
    if getattr(model, "compiled", False) and model.loss is not None:
        return model.loss if isinstance(model.loss, keras.losses.Loss) else keras.losses.get(model.loss)
    for name in LOSSES:
        value = namespace.values.get(name)
        if isinstance(value, keras.losses.Loss) or (inspect.isroutine(value) and len(_required(value)) == 2):
            return value
        if isinstance(value, str):
            return keras.losses.get(value)
    return _only(namespace, keras.losses.Loss)


def find_optimizer(namespace: Namespace, model: keras.Model) -> keras.optimizers.Optimizer | None:
    """The optimizer that `compile` was given, or the file's own."""
    if getattr(model, "compiled", False) and model.optimizer is not None:
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
    with_tape = [name for name, node in functions.items() if _opens_tape(node)]
    return with_tape[0] if len(with_tape) == 1 else None


def _functions(namespace: Namespace) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in namespace.source.tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node


def _opens_tape(function: ast.FunctionDef) -> bool:
    """Whether a tape is opened in `function`, and not in a loop: that would be a whole training."""
    if any(isinstance(node, ast.For | ast.While) for node in ast.walk(function)):
        return False
    return any(
        isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node).endswith("GradientTape")
        for node in ast.walk(function)
    )


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
