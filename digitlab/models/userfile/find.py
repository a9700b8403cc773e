"""Finds the model among what a file defined: by type, and by name in doubt."""

from __future__ import annotations

import ast
import difflib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from digitlab.errors import ModelFileError
from digitlab.models.userfile.parts import own, required
from digitlab.models.userfile.running import Namespace
from digitlab.models.userfile.script import PRINTS
from digitlab.programs.stage import undisturbed

MODEL, BUILD = "model", "build_model"


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
        name for name, value in own(namespace) if inspect.isfunction(value) and "model" in name and not required(value)
    ]


def _found(namespace: Namespace, name: str) -> Found:
    value, line = namespace.values[name], namespace.lines.get(name)
    if isinstance(value, keras.Model):
        return Found(name, line, lambda: value)
    needed = required(value)
    if needed:
        remedy = (
            f"give them defaults, or add: def {BUILD}(): return {name}({', '.join(f'{one}=…' for one in needed)})"
            if inspect.isclass(value)
            else "give them defaults"
        )
        kind = "the constructor" if inspect.isclass(value) else "the function"
        found = f"{name}({', '.join(needed)})"
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
