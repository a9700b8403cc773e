"""Finds names of older Keras and TensorFlow in the text of a program, and the edits that replace them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import keras

from digitlab.programs import old_names
from digitlab.programs.source import SourceFile
from digitlab.programs.successors import Kind, arguments_of, resolved, successor, without_successor

Import = ast.Import | ast.ImportFrom
Place = tuple[int, int]  # a line and a column in bytes
GUARDS = {"AttributeError", "BaseException", "Exception", "ImportError", "ModuleNotFoundError", "TypeError"}
METRIC_KEYS = {"acc": "accuracy", "val_acc": "val_accuracy"}


class Edit(NamedTuple):
    """Replaces the text from `start` to `end`."""

    start: Place
    end: Place
    text: str


@dataclass(frozen=True)
class Use:
    """An old name in a program."""

    old: str  # the name; of an argument, with its call: "SGD(lr=…)"
    new: str  # its successor; where it has none, what to do
    since: str  # the version that removed it
    line: int  # of the program
    # `removed`: the program stops there; `ignored`: it has no effect; `changed`: its default has changed
    kind: Kind = "removed"
    edits: tuple[Edit, ...] = ()  # that replace it; none where a person has to decide


class Reader(ast.NodeVisitor):
    """Reads one program; `uses` are the old names in it."""

    def __init__(self, source: SourceFile) -> None:
        self.uses: list[Use] = []
        self._text = source.text.decode(errors="replace")
        self._guarded: list[tuple[int, int]] = []  # first and last lines of code that runs only with some versions
        nodes = list(ast.walk(source.tree))
        self._imported: dict[str, tuple[str, Import]] = {
            local: (path, node)
            for node in nodes
            if isinstance(node, ast.Import | ast.ImportFrom)
            for local, path, _ in _bindings(node)
        }
        self._calls = {node.func: node for node in nodes if isinstance(node, ast.Call)}
        self._defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
        self._kinds: dict[str, type] = {"optimizer": keras.optimizers.Optimizer}
        for node in 2 * nodes:  # a name may be used above the function that makes its value
            self._learn_kinds(node)
        self.visit(source.tree)

    # What a name refers to.

    def _path_of(self, node: ast.AST) -> str | None:
        """The imported dotted name of a chain of attributes."""
        if isinstance(node, ast.Attribute):
            inner = self._path_of(node.value)
            return inner and f"{inner}.{node.attr}"
        if not isinstance(node, ast.Name):
            return None
        if node.id not in self._imported and "*" in self._imported:
            path = self._imported["*"][0].replace("*", node.id)
            return path if resolved(_newest(path)) is not None else None
        return self._imported[node.id][0] if node.id in self._imported else None

    def _target_of(self, node: ast.AST) -> Any | None:
        """The object in the installed Keras or TensorFlow, by its new name where it has one."""
        path = self._path_of(node)
        return resolved(_newest(path)) if path else None

    def _kind_of(self, node: ast.expr) -> type | None:
        """The Keras class of a value; `object` where it comes from another package, None where it is unknown."""
        if not isinstance(node, ast.Call):
            return self._kinds.get(_last_name(node))
        made = self._target_of(node.func)
        made = keras.Model if made is keras.models.load_model else made
        return made if isinstance(made, type) else self._kinds.get(_last_name(node.func))

    def _is_a(self, node: ast.expr, owner: Any) -> bool:
        return issubclass(self._kind_of(node) or object, owner)

    def _learn_kinds(self, node: ast.AST) -> None:
        """Learn from base classes, assignments and returned values."""
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                self._learn(node.name, self._target_of(base))
        for name, value in _values_in(node):
            foreign = isinstance(value, ast.Call) and self._path_of(value.func)
            self._learn(name, self._kind_of(value) or (object if foreign else None))

    def _learn(self, name: str, kind: Any) -> None:
        if name and isinstance(kind, type):
            self._kinds[name] = kind if self._kinds.get(name) is not object else object

    # What is found.

    def visit_Try(self, node: ast.Try) -> None:
        """A program may try a name, and continue without it."""
        if GUARDS & {name for handler in node.handlers for name in _caught(handler)}:
            self._guarded.append((node.lineno, node.body[-1].end_lineno or 0))
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        """A program may test the version."""
        if any(_last_name(one) == "__version__" for one in ast.walk(node.test)):
            self._guarded.append((node.lineno, node.end_lineno or 0))
        self.generic_visit(node)

    def visit_Import(self, node: Import) -> None:
        """A module or a name that is imported."""
        for _, _, path in _bindings(node):
            if new := successor(path):
                self._add(Use(path, new[0], new[1], node.lineno, edits=(Edit(*_span(node), _import_today(node)),)))
            else:
                self._add_gone(path, node)

    visit_ImportFrom = visit_Import  # noqa: N815

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """A name by its module, or an attribute of an object."""
        path, root = self._path_of(node), _root(node)
        if path is None or root not in self._imported:
            self._add_attribute(node)
            self.generic_visit(node)
            return
        start = self._imported[root][0]
        path = _newest(start) + path[len(start) :]
        if new := successor(path):
            written, imports = self._written(new[0], root)
            edits = Edit(*_span(node), written), *imports
            self._add(Use(path, new[0], new[1], node.lineno, edits=edits))
        else:
            self._add_gone(path, node)

    def visit_Call(self, node: ast.Call) -> None:
        """Old arguments, and defaults that have changed."""
        target = self._target_of(node.func)
        if isinstance(node.func, ast.Attribute) and target is None and self._is_a(node.func.value, keras.Model):
            old = old_names.METHODS.get(node.func.attr)
            target = getattr(keras.Model, old[1] if old else node.func.attr, None)
        if callable(target):
            for keyword in node.keywords:
                self._add_argument(node, keyword, target)
            self._add_rates(node, target)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """A key of `History.history`: Keras uses the program's name of a metric."""
        key = node.slice
        if isinstance(key, ast.Constant) and key.value in METRIC_KEYS and "accuracy" in self._text:
            new = METRIC_KEYS[key.value]
            edit = Edit(*_span(key), self._written_as(key).replace(key.value, new))
            self._add(Use(f"history['{key.value}']", f"['{new}']", "Keras 2.3", node.lineno, edits=(edit,)))
        self.generic_visit(node)

    def _add_attribute(self, node: ast.Attribute) -> None:
        """An old method or attribute of an object."""
        if node.attr not in old_names.METHODS:
            return
        owner, new, behind, since = old_names.METHODS[node.attr]
        call = self._calls.get(node)
        only_keras = call is not None and node.attr in old_names.ONLY_KERAS - self._defined
        if self._is_a(node.value, resolved(owner)) or (only_keras and self._kind_of(node.value) is None):
            line, column = end = _span(node)[1]
            edits = [Edit((line, column - len(node.attr)), end, new)]
            if call and behind:
                edits.append(Edit(_span(call)[1], _span(call)[1], behind))
            brackets = "()" if call else ""
            self._add(Use(node.attr + brackets, new + brackets + behind, since, line, edits=tuple(edits)))

    def _add_argument(self, node: ast.Call, keyword: ast.keyword, target: Any) -> None:
        """An old argument in a call of `target`."""
        old, arguments = keyword.arg or "", arguments_of(target)
        shown = f"{_last_name(node.func)}({old}=…)"
        since = old_names.SINCE.get(old, "Keras 3")
        kind: Kind = "ignored" if old in old_names.IGNORED else "removed"
        if old == "decay" and isinstance(target, type) and issubclass(target, keras.optimizers.Optimizer):
            new, edits = self._without_decay(node, keyword, target)
        elif old not in arguments:
            return
        elif arguments[old] is None:
            new, edits = "nothing; remove it", (_removal(node, keyword),)
        else:
            line, column = _span(keyword)[0]
            new, edits = f"{arguments[old]}=", (Edit((line, column), (line, column + len(old)), str(arguments[old])),)
        self._add(Use(shown, new, since, keyword.lineno, kind, edits))

    def _without_decay(self, node: ast.Call, keyword: ast.keyword, target: Any) -> tuple[str, tuple[Edit, ...]]:
        """A rate of lr / (1 + decay · steps) is a schedule in Keras 3."""
        if isinstance(keyword.value, ast.Constant) and not keyword.value.value:
            return "nothing; remove it", (_removal(node, keyword),)
        rates = [one.value for one in node.keywords if one.arg in ("lr", "learning_rate")] or node.args[:1]
        rate = self._written_as(rates[0]) if rates else inspect.signature(target).parameters["learning_rate"].default
        schedule = f"InverseTimeDecay({rate}, 1, {self._written_as(keyword.value)})"
        written, imports = self._written(f"keras.optimizers.schedules.{schedule}", _root(node.func))
        if rates:
            edits = Edit(*_span(rates[0]), written), _removal(node, keyword), *imports
        else:
            edits = Edit(*_span(keyword), f"learning_rate={written}"), *imports
        return f"the schedule {schedule}", edits

    def _add_rates(self, node: ast.Call, target: Any) -> None:
        """An optimizer whose learning rate is left out, and was another in Keras 2."""
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if not node.args and not given.keys() & {"lr", "learning_rate", None}:
            self._add_rate(getattr(target, "__name__", ""), node.lineno)
        optimizers = [*node.args[:1], *(given[name] for name in given if name == "optimizer")]
        for one in optimizers if target in (keras.Model.compile, keras.optimizers.get) else ():
            if isinstance(one, ast.Constant):
                self._add_rate(str(one.value).title(), one.lineno)

    def _add_rate(self, name: str, line: int) -> None:
        if name in old_names.OLD_RATES:
            rate = old_names.OLD_RATES[name]
            now = inspect.signature(getattr(keras.optimizers, name)).parameters["learning_rate"].default
            new = f"{name}(learning_rate={rate:g}); its default is {now:g}"
            self._add(Use(f"{name} at {rate:g}", new, "Keras 2.4", line, "changed"))

    def _add_gone(self, path: str, node: ast.stmt | ast.expr) -> None:
        if gone := without_successor(path):
            self._add(Use(path, gone[0], gone[2], node.lineno, gone[1]))

    def _add(self, use: Use) -> None:
        if not any(first <= use.line <= last for first, last in self._guarded):
            self.uses.append(use)

    # How edits are written.

    def _written_as(self, node: ast.AST) -> str:
        return ast.get_source_segment(self._text, node) or ""

    def _written(self, path: str, root: str) -> tuple[str, tuple[Edit, ...]]:
        """`path` as the program can write it, and the import to add beside that of `root`, if it needs one."""
        by_length = sorted(self._imported.items(), key=lambda item: -len(item[1][0]))
        for whole in (path, f"tensorflow.{path}"):
            for local, (start, _) in by_length:
                if whole.startswith(f"{start}."):
                    return local + whole[len(start) :], ()
        place = _span(self._imported[root if root in self._imported else "*"][1])[0]
        return path, (Edit(place, place, f"import {path.partition('.')[0]}; "),)


def _bindings(node: Import) -> Iterator[tuple[str, str, str]]:
    """Of each imported name: the name, the path it refers to, and the path that is imported."""
    for alias in node.names if not getattr(node, "level", 0) else ():
        if isinstance(node, ast.ImportFrom):
            path = f"{node.module}.{alias.name}"
            yield alias.asname or alias.name, path, path
        else:
            local = alias.asname or alias.name.partition(".")[0]
            yield local, alias.name if alias.asname else local, alias.name


def _import_today(node: Import) -> str:
    found: dict[str, list[str]] = {}
    for (local, _, path), alias in zip(_bindings(node), node.names, strict=True):
        where, _, name = ("", "", _newest(path)) if isinstance(node, ast.Import) else _newest(path).rpartition(".")
        named = name == local or (isinstance(node, ast.Import) and alias.asname is None)
        found.setdefault(where, []).append(name if named else f"{name} as {local}")
    return "; ".join((f"from {where} " if where else "") + f"import {', '.join(found[where])}" for where in found)


def _newest(path: str) -> str:
    new = successor(path)
    return new[0] if new else path


def _removal(node: ast.Call, keyword: ast.keyword) -> Edit:
    """The edit that removes an argument from its call."""
    given = sorted([*node.args, *node.keywords], key=lambda one: _span(one)[0])
    for before, after in pairwise(given):
        if after is keyword:
            return Edit(_span(before)[1], _span(keyword)[1], "")
        if before is keyword:
            return Edit(_span(keyword)[0], _span(after)[0], "")
    return Edit(*_span(keyword), "")


def _values_in(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that an assignment gives to calls; the values that a function returns."""
    if isinstance(node, ast.FunctionDef):
        returned = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
        yield from ((node.name, value) for value in returned if isinstance(value, ast.Name | ast.Call))
    if isinstance(node, ast.Assign):
        for target in node.targets:
            pairs: Iterable[tuple[ast.expr, ast.expr]] = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=False)
            yield from ((_last_name(one), value) for one, value in pairs if isinstance(value, ast.Call))


def _span(node: Any) -> tuple[Place, Place]:
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def _last_name(node: ast.AST) -> str:
    return str(getattr(node, "attr", None) or getattr(node, "id", ""))


def _root(node: ast.expr) -> str:
    return _root(node.value) if isinstance(node, ast.Attribute) else _last_name(node)


def _caught(handler: ast.ExceptHandler) -> list[str]:
    if handler.type is None:
        return ["Exception"]
    return [_last_name(one) for one in getattr(handler.type, "elts", [handler.type])]
