"""Finds the model in a program that trains nothing: by type, and by name where there are several."""

from __future__ import annotations

import ast
import difflib
import inspect
from collections.abc import Iterator
from typing import Any

import keras

from digitlab.errors import ModelFileError
from digitlab.programs import standins
from digitlab.programs.call import Call
from digitlab.programs.source import SourceFile, message_of

MODEL, BUILD = "model", "build_model"


class Namespace:
    """The names that a program defined, and their values."""

    def __init__(self, source: SourceFile, values: dict[str, Any]) -> None:
        self.source = source
        self.values = values
        self.lines = lines_of_names(source.tree)

    def model(self, name: str | None) -> tuple[str, keras.Model]:
        """The model called `name`, or the only one, and its name.

        Looked for in this order: a model that exists (called `model`, if there are several), `build_model()`, a
        subclass of `keras.Model`, of which one is made.

        Raises:
            ModelFileError: none, several, none of that name, or one that cannot be made.
        """
        names = [self._known(name)] if name else self._candidates()
        if not names:
            raise self._no_model()
        if len(names) > 1:
            raise self.source.error(
                None,
                f"there are {len(names)} models in the file",
                found=", ".join(f"{one} (line {self.lines.get(one)})" for one in names),
                remedy=f"name one: {self.source.shown}:{names[-1]}",
            )
        value = self.values[names[0]]
        return names[0], value if isinstance(value, keras.Model) else self._made(names[0])

    def step(self, model: keras.Model, images: Any, labels: Any) -> Call | None:
        """A function of the program with a gradient tape, ready to be called; None: there is none.

        Raises:
            ModelFileError: it takes other arguments than (images, labels) or (model, images, labels).
        """
        for node in self.source.tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name not in self.values:
                continue
            if not any(getattr(one, "attr", getattr(one, "id", "")) == "GradientTape" for one in ast.walk(node)):
                continue
            function = self.values[node.name]
            names = _required(getattr(function, "python_function", function))
            if len(names) not in (2, 3):
                raise self.source.error(
                    node.lineno,
                    f"{node.name} needs other arguments than images and labels, and nothing calls it",
                    found=f"{node.name}({', '.join(names)})",
                    remedy=f"write it as {node.name}(images, labels) or {node.name}(model, images, labels), or call it",
                )
            given = dict(zip(names[-2:], (images, labels), strict=True)) | dict.fromkeys(names[:-2], model)
            return Call(function, given, names[-2], names[-1], node.lineno, None)
        return None

    def own(self) -> Iterator[tuple[str, Any]]:
        """The names and values that the program defined itself, not what it imported."""
        imported = {
            (alias.asname or alias.name).partition(".")[0]
            for node in ast.walk(self.source.tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        names = [name for name in self.values if not name.startswith("__") and name not in imported]
        return ((name, self.values[name]) for name in names)

    def _known(self, name: str) -> str:
        value = self.values.get(name)
        if isinstance(value, keras.Model) or _is_model_class(value) or inspect.isfunction(value):
            return name
        known = sorted({*self._models(), *self._classes(), *self._makers()})
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise self.source.error(
            self.lines.get(name),
            f"there is no model '{name}'",
            found=f"'{name}' is of type {type(value).__name__}" if name in self.values else "no such name in the file",
            remedy=f"{hint}In the file: {', '.join(known) or 'no model'}",
        )

    def _candidates(self) -> list[str]:
        models = self._models()
        if MODEL in models:
            return [MODEL]
        if models:
            return models
        return [BUILD] if inspect.isfunction(self.values.get(BUILD)) else self._classes()

    def _models(self) -> list[str]:
        """The names of the models, each once, without parts of other models."""
        models = {name: value for name, value in self.own() if isinstance(value, keras.Model)}
        parts = {id(part) for model in models.values() for part in model._flatten_layers(include_self=False)}
        first = {id(model): name for name, model in reversed(models.items()) if id(model) not in parts}
        if MODEL in models:
            first[id(models[MODEL])] = MODEL
        return sorted(first.values(), key=lambda name: self.lines.get(name, 0))

    def _classes(self) -> list[str]:
        """The names of the program's model classes, without those that another one uses."""
        bodies = {node.name: node for node in self.source.tree.body if isinstance(node, ast.ClassDef)}
        classes = [name for name, value in self.own() if _is_model_class(value) and name in bodies]
        used = {
            node.id
            for name in classes
            for node in ast.walk(bodies[name])
            if isinstance(node, ast.Name) and node.id != name
        }
        return [name for name in classes if name not in used]

    def _makers(self) -> list[str]:
        """Functions without arguments that have "model" in their names."""
        return [name for name, one in self.own() if inspect.isfunction(one) and "model" in name and not _required(one)]

    def _made(self, name: str) -> keras.Model:
        value, line = self.values[name], self.lines.get(name)
        if needed := _required(value):
            kind, more = "function", ""
            if inspect.isclass(value):
                kind, given = "constructor", ", ".join(f"{one}=…" for one in needed)
                more = f", or add: def {BUILD}(): return {name}({given})"
            raise self.source.error(
                line,
                f"the {kind} of the model needs arguments",
                found=f"{name}({', '.join(needed)})",
                remedy=f"give them defaults{more}",
            )
        try:
            model = value()
        except Exception as error:
            raise program_error(self.source, error, f"{name}() makes the model") from None
        if not isinstance(model, keras.Model):
            raise self.source.error(
                line,
                f"{name}() does not return a Keras model",
                found=type(model).__name__,
                remedy="return a keras.Model: keras.Sequential([…]), or an object of your own subclass",
            )
        return model

    def _no_model(self) -> ModelFileError:
        found = "it trains nothing, and has no keras.Model, no subclass of it, no function build_model()"
        remedy = "define class MyModel(keras.Model), or def build_model(): return keras.Sequential([…])"
        if makers := self._makers():
            found = f"functions that may return one: {', '.join(makers)}"
            remedy = f"name one: {self.source.shown}:{makers[0]}, or call it {BUILD}"
        return self.source.error(None, "there is no model in the file", found=found, remedy=remedy)


def program_error(source: SourceFile, error: BaseException, doing: str) -> ModelFileError:
    """The error to raise for an exception of the program; `doing` says when: "the step runs"."""
    if isinstance(error, ImportError):
        return standins.import_error(source, error)
    line = source.line_of(error)
    remedy = f"fix this line: {source.quote(line)}" if line else "fix the file"
    return source.error(line, f"an error while {doing}", found=message_of(error), remedy=remedy)


def lines_of_names(tree: ast.Module) -> dict[str, int]:
    """The line where each name of the top level got its last value."""
    return {name: statement.lineno for statement in tree.body for name in _bound(statement)}


def _bound(statement: ast.stmt) -> set[str]:
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    inside = [statement] if isinstance(statement, definitions) else list(ast.walk(statement))
    names = {node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return names | {node.name for node in inside if isinstance(node, definitions)}


def _required(function: Any) -> list[str]:
    """The parameters that have no default."""
    return [
        one.name
        for one in inspect.signature(function).parameters.values()
        if one.default is one.empty and one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
    ]


def _is_model_class(value: Any) -> bool:
    return inspect.isclass(value) and issubclass(value, keras.Model) and value is not keras.Model
