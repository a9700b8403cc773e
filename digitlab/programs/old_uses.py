"""Where a program uses names of an older Keras or TensorFlow, told from its text, and how each line reads today."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

import keras

from digitlab.programs import old_names
from digitlab.programs.source import SourceFile
from digitlab.programs.successors import SAVES, Kind, arguments_of, resolved, saved_as, successor, without_successor

Import = ast.Import | ast.ImportFrom
Span = tuple[tuple[int, int], tuple[int, int]]  # first and last place, each a line and a column in bytes
GUARDS = {"AttributeError", "BaseException", "Exception", "ImportError", "ModuleNotFoundError", "TypeError"}
METRIC_KEYS = {"acc": "accuracy", "val_acc": "val_accuracy"}


class Edit(NamedTuple):
    """From `start` to `end`, each a line and a column in bytes, `text` belongs there."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


@dataclass(frozen=True)
class Use:
    """An old name in a program.

    Attributes:
        old: the name, with what tells it apart: «SGD(lr=…)».
        new: what it is now; where it has no successor, what to do.
        since: the version from which on it is gone.
        line: in the program.
        kind: `removed`: the program stops there; `ignored`: it has no effect; `changed`: it means something else.
        edits: that make the program right; none where that takes a person.
    """

    old: str
    new: str
    since: str
    line: int
    kind: Kind = "removed"
    edits: tuple[Edit, ...] = ()


@dataclass
class Reader(ast.NodeVisitor):
    """Reads one program.

    Attributes:
        source: the program.
        uses: what was found.
        guarded: the first and the last lines of what runs only where the name is there.
    """

    source: SourceFile
    uses: list[Use] = field(default_factory=list)
    guarded: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._imported: dict[str, tuple[str, Import]] = {}
        self._moved: dict[str, str] = {}  # by the path of an import: what is to be imported instead
        self._by_import: list[tuple[int, Import]] = []  # places in `uses` of those that take a change of an import
        self._schedules: dict[str, Import] = {}  # by the name of an optimizer, where `schedules` is imported like it
        self._called: dict[ast.expr, ast.Call] = {}  # by what is called
        self._kinds: dict[str, Any] = {"optimizer": keras.optimizers.Optimizer}
        self._defined = {node.name for node in ast.walk(self.source.tree) if isinstance(node, ast.FunctionDef)}
        for node in ast.walk(self.source.tree):
            if isinstance(node, ast.Call):
                self._called[node.func] = node
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._imported |= {local: (path, node) for local, path, _ in _bindings(node)}
        for node in 2 * list(ast.walk(self.source.tree)):  # a function may be written after the name is given
            self._learn_kind(node)
        self.visit(self.source.tree)
        for place, node in self._by_import:
            edit = Edit(*_span(node), self._import_today(node))
            self.uses[place] = replace(self.uses[place], edits=(*self.uses[place].edits, edit))

    # What a name is.

    def path_of(self, node: ast.AST) -> str | None:
        """The dotted name, as it is imported, that a chain of attributes stands for."""
        if isinstance(node, ast.Attribute):
            inner = self.path_of(node.value)
            return inner and f"{inner}.{node.attr}"
        if not isinstance(node, ast.Name):
            return None
        if node.id not in self._imported and "*" in self._imported:
            path = self._imported["*"][0].replace("*", node.id)
            return path if self._resolved(path) is not None else None
        return self._imported[node.id][0] if node.id in self._imported else None

    def target_of(self, node: ast.AST) -> Any | None:
        """What that is in the installed Keras, by its new name where it has one."""
        path = self.path_of(node)
        return self._resolved(path) if path else None

    def _resolved(self, path: str) -> Any | None:
        new = successor(path)
        return resolved(new[0] if new else path)

    def _kind_of(self, node: ast.expr) -> Any:
        """The class of Keras that a value is an object of; None where it is of another package, or not known."""
        if not isinstance(node, ast.Call):
            return self._kinds.get(_last_name(node))
        made = self.target_of(node.func)
        made = keras.Model if made is keras.models.load_model else made
        return made if isinstance(made, type) else self._kinds.get(_last_name(node.func))

    def _learn_kind(self, node: ast.AST) -> None:
        """What a class of the program derives from, what a function returns, what is given a name."""
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                self._learn(node.name, self.target_of(base))
        elif isinstance(node, ast.FunctionDef):
            for one in (one.value for one in ast.walk(node) if isinstance(one, ast.Return)):
                self._learn(node.name, self._kind_of(one) if isinstance(one, ast.Name | ast.Call) else None)
        elif isinstance(node, ast.Assign):
            for one, value in (pair for target in node.targets for pair in _pairs(target, node.value)):
                kind = self._kind_of(value) if isinstance(value, ast.Call) else None
                elsewhere = kind is None and isinstance(value, ast.Call) and self.path_of(value.func) is not None
                self._learn(_last_name(one), object if elsewhere else kind)

    def _learn(self, name: str, kind: Any) -> None:
        if name and isinstance(kind, type):
            self._kinds[name] = kind if self._kinds.get(name, kind) is not object else object

    def is_a(self, node: ast.expr, owner: Any) -> bool:
        """Whether a value, by the name that it has, is an object of the class `owner`."""
        kind = self._kind_of(node)
        return isinstance(kind, type) and issubclass(kind, owner)

    # What is found.

    def visit_Try(self, node: ast.Try) -> None:
        """What a program tries, it can do without."""
        names = {_last_name(one) for handler in node.handlers for one in _caught(handler)}
        if names & GUARDS:
            self.guarded.append((node.lineno, node.body[-1].end_lineno or 0))
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        """So can one that looks at the version."""
        if any(
            isinstance(one, ast.Attribute | ast.Name) and _last_name(one) == "__version__"
            for one in ast.walk(node.test)
        ):
            self.guarded.append((node.lineno, node.end_lineno or 0))
        self.generic_visit(node)

    def visit_Import(self, node: Import) -> None:
        """A module or a name that is imported."""
        for _, _, path in _bindings(node):
            if new := successor(path):
                self._moved[path] = new[0]
                self._add(Use(path, new[0], new[1], node.lineno), node)
            else:
                self._gone(path, node)

    visit_ImportFrom = visit_Import  # noqa: N815

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """A name by its module, or an attribute of an object."""
        path = self.path_of(node)
        if path is None:
            for use in self._attribute_uses(node):
                self._add(use)
            self.generic_visit(node)
            return
        local = _root(node)
        start, statement = self._imported[local]
        rest = path[len(start) :]
        path = self._moved.get(start, start) + rest
        new = successor(path)
        if _is_of_variables(path):
            pass  # told with its call
        elif new is None:
            self._gone(path, node)
        elif new[0].startswith(f"{start}."):
            edit = Edit(*_span(node), local + new[0][len(start) :])
            self._add(Use(path, new[0], new[1], node.lineno, edits=(edit,)))
        elif "." in start and new[0].endswith(rest):
            self._moved[start] = new[0].removesuffix(rest)
            self._add(Use(path, new[0], new[1], node.lineno), statement)
        else:
            shown = self._written(new[0])
            edits = (Edit(*_span(node), shown),) if shown else ()
            self._add(Use(path, new[0], new[1], node.lineno, edits=edits))

    def visit_Call(self, node: ast.Call) -> None:
        """Arguments."""
        target = self.target_of(node.func)
        if isinstance(node.func, ast.Attribute) and target is None and self.is_a(node.func.value, keras.Model):
            new = old_names.METHODS["keras.Model"].get(node.func.attr, (node.func.attr, ""))[0]
            target = getattr(keras.Model, new, None)
        if _is_of_variables(self.path_of(node.func) or "") and node.args:
            self._add(_variable_use(node))
        elif callable(target):
            for use in [*self._call_uses(node, target), *self._saving_uses(node, target)]:
                self._add(use, self._schedules.get(_last_name(node.func)) if use.kind == "ignored" else None)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """A key of `History.history`: Keras names a metric as the program does."""
        key = node.slice
        if isinstance(key, ast.Constant) and key.value in METRIC_KEYS and b"accuracy" in self.source.text:
            new = METRIC_KEYS[key.value]
            edit = Edit(*_span(key), self.text_of(key).replace(key.value, new))
            self._add(Use(f"history['{key.value}']", f"['{new}']", "Keras 2.3", node.lineno, edits=(edit,)))
        self.generic_visit(node)

    def _attribute_uses(self, node: ast.Attribute) -> Iterator[Use]:
        """The old name that an attribute of an object is."""
        call = self._called.get(node)
        for key, methods in old_names.METHODS.items():
            kind = self._kind_of(node.value)
            is_only_keras = kind is None and call is not None and node.attr in old_names.ONLY_KERAS - self._defined
            if node.attr not in methods or not (is_only_keras or self.is_a(node.value, resolved(key))):
                continue
            new, behind = methods[node.attr]
            end = _span(node)[1]
            edits = [Edit((end[0], end[1] - len(node.attr)), end, new)]
            if call and behind:
                edits.append(Edit(_span(call)[1], _span(call)[1], behind))
            brackets = "()" if call else ""
            since = old_names.SINCE.get(node.attr, "Keras 3")
            yield Use(node.attr + brackets, new + brackets + behind, since, end[0], edits=tuple(edits))

    def _call_uses(self, node: ast.Call, target: Any) -> Iterator[Use]:
        """The old arguments in a call of `target`, and defaults that have changed."""
        name, arguments = _last_name(node.func), arguments_of(target)
        for keyword in node.keywords:
            old = keyword.arg or ""
            kind: Kind = "ignored" if old in old_names.IGNORED else "removed"
            since = old_names.SINCE.get(old, "Keras 3")
            shown = f"{name}({old}=…)"
            if old == "decay" and isinstance(target, type) and issubclass(target, keras.optimizers.Optimizer):
                yield replace(self._decay_use(node, keyword, target), old=shown)
            elif old == "dim_ordering" and isinstance(keyword.value, ast.Constant):
                new = "channels_first" if keyword.value.value == "th" else "channels_last"
                edit = Edit(*_span(keyword), f'data_format="{new}"')
                yield Use(shown, f'data_format="{new}"', "Keras 2.4", keyword.lineno, edits=(edit,))
            elif arguments.get(old, old) is None:
                yield Use(shown, "nothing; leave it out", since, keyword.lineno, kind, (self._left_out(node, keyword),))
            elif old in arguments:
                start = _span(keyword)[0]
                edit = Edit(start, (start[0], start[1] + len(old)), str(arguments[old]))
                yield Use(shown, f"{arguments[old]}=", since, keyword.lineno, kind, (edit,))
        yield from self._changed_uses(node, target)

    def _changed_uses(self, node: ast.Call, target: Any) -> Iterator[Use]:
        numbers = [one for one in node.args[1:3] if isinstance(one, ast.Constant) and isinstance(one.value, int)]
        if _last_name(node.func) == "Convolution2D" and len(numbers) == 2:
            start, end = _span(numbers[0])[0], _span(numbers[1])[1]
            edits = Edit(start, start, "("), Edit(end, end, ")")
            yield Use("Convolution2D(n, 3, 3)", "Convolution2D(n, (3, 3))", "Keras 2", node.lineno, "changed", edits)
        given = {keyword.arg for keyword in node.keywords}
        rate = old_names.OLD_RATES.get(getattr(target, "__name__", ""))
        if rate and not node.args and not given & {"lr", "learning_rate", None}:
            yield _rate_use(target, rate, node.lineno)
        optimizers = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "optimizer")]
        for one in optimizers if target in (keras.Model.compile, keras.optimizers.get) else ():
            if isinstance(one, ast.Constant) and str(one.value).title() in old_names.OLD_RATES:
                named = getattr(keras.optimizers, str(one.value).title())
                yield _rate_use(named, old_names.OLD_RATES[named.__name__], one.lineno)

    def _saving_uses(self, node: ast.Call, target: Any) -> Iterator[Use]:
        """A file to save to whose name says no format; everywhere in the program it gets the same new name."""
        if target not in SAVES:
            return
        options = {one.arg: one.value for one in node.keywords}
        place = 1 if target is keras.models.save_model else 0
        path = options.get("filepath") or next(iter(node.args[place : place + 1]), None)
        if not isinstance(path, ast.Constant) or not isinstance(path.value, str):
            return
        new = saved_as(path.value, target, weights="save_weights_only" in options)
        if new != path.value:
            same = [
                one for one in ast.walk(self.source.tree) if isinstance(one, ast.Constant) and one.value == path.value
            ]
            edits = [Edit(*_span(one), self.text_of(one).replace(path.value, new)) for one in same]
            edits += [self._left_out(node, one) for one in node.keywords if one.arg == "save_format"]
            yield Use(f"the file {path.value!r}", repr(new), "Keras 3", node.lineno, edits=tuple(edits))

    def _decay_use(self, node: ast.Call, keyword: ast.keyword, target: Any) -> Use:
        """For a rate of lr / (1 + decay · steps), which Keras 3 has as a schedule."""
        if isinstance(keyword.value, ast.Constant) and not keyword.value.value:
            edits: tuple[Edit, ...] = (self._left_out(node, keyword),)
            return Use("", "nothing; leave it out", "Keras 2.11", keyword.lineno, "ignored", edits)
        rates = [one.value for one in node.keywords if one.arg in ("lr", "learning_rate")] or node.args[:1]
        rate = self.text_of(rates[0]) if rates else inspect.signature(target).parameters["learning_rate"].default
        schedule = f"InverseTimeDecay({rate}, 1, {self.text_of(keyword.value)})"
        if isinstance(node.func, ast.Attribute):
            where = f"{self.text_of(node.func.value)}.schedules."
        else:
            where = self._written("keras.optimizers.schedules.") or "schedules."
            statement = self._imported[_last_name(node.func)][1]
            if where == "schedules." and isinstance(statement, ast.ImportFrom):
                self._schedules[_last_name(node.func)] = statement
        if rates:
            edits = Edit(*_span(rates[0]), where + schedule), self._left_out(node, keyword)
        else:
            edits = (Edit(*_span(keyword), f"learning_rate={where}{schedule}"),)
        return Use("", f"the schedule {schedule}", "Keras 2.11", keyword.lineno, "ignored", edits)

    def _written(self, path: str) -> str | None:
        """How the program can write `path` with what it has imported."""
        for local, (start, _) in self._imported.items():
            for root in (start, start.removeprefix("tensorflow.")):
                if f"{root}." in ("keras.", "tensorflow.", "tensorflow.keras.") and path.startswith(f"{root}."):
                    return local + path[len(root) :]
            if start == "tensorflow" and path.startswith("keras."):
                return f"{local}.{path}"
        return None

    # The text.

    def text_of(self, node: ast.AST) -> str:
        """What is written there."""
        return ast.get_source_segment(self.source.text.decode(errors="replace"), node) or ""

    def _left_out(self, node: ast.Call, keyword: ast.keyword) -> Edit:
        """The call without one of its arguments."""
        given = sorted([*node.args, *node.keywords], key=lambda one: _span(one)[0])
        for before, after in pairwise(given):
            if after is keyword:
                return Edit(_span(before)[1], _span(keyword)[1], "")
            if before is keyword:
                return Edit(_span(keyword)[0], _span(after)[0], "")
        return Edit(*_span(keyword), "")

    def _import_today(self, node: Import) -> str:
        found: dict[str, list[str]] = {}
        for (local, _, path), alias in zip(_bindings(node), node.names, strict=True):
            new = self._moved.get(path, path)
            where, _, name = ("", "", new) if isinstance(node, ast.Import) else new.rpartition(".")
            named = name == local or (isinstance(node, ast.Import) and alias.asname is None)
            found.setdefault(where, []).append(name if named else f"{name} as {local}")
        for where, names in found.items():
            if where.endswith("optimizers") and node in self._schedules.values():
                names.append("schedules")
        return "; ".join(
            f"from {where} import {', '.join(names)}".removeprefix("from  ") for where, names in found.items()
        )

    def _gone(self, path: str, node: ast.stmt | ast.expr) -> None:
        if gone := without_successor(path):
            self._add(Use(path, gone[0], gone[2], node.lineno, gone[1]))

    def _add(self, use: Use, statement: Import | None = None) -> None:
        if not self.is_guarded(use.line):
            self.uses.append(use)
            if statement is not None:
                self._by_import.append((len(self.uses) - 1, statement))

    def is_guarded(self, line: int) -> bool:
        """Whether the program itself sees to it that the line runs only where it can."""
        return any(first <= line <= last for first, last in self.guarded)


def _bindings(node: Import) -> Iterator[tuple[str, str, str]]:
    """Of each name that is imported: itself, what it stands for, and what is looked up."""
    for alias in node.names if not getattr(node, "level", 0) else ():
        if isinstance(node, ast.ImportFrom):
            path = f"{node.module}.{alias.name}"
            yield alias.asname or alias.name, path, path
        else:
            local = alias.asname or alias.name.partition(".")[0]
            yield local, alias.name if alias.asname else local, alias.name


def _rate_use(optimizer: Any, rate: float, line: int) -> Use:
    name, now = optimizer.__name__, inspect.signature(optimizer).parameters["learning_rate"].default
    return Use(
        f"{name} at {rate:g}", f"{name}(learning_rate={rate:g}); left out it is {now:g}", "Keras 2.4", line, "changed"
    )


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is assigned to what, also in `a, b = 1, 2`."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=False)
    else:
        yield target, value


def _is_of_variables(path: str) -> bool:
    return "keras.backend." in path and path.rpartition(".")[2] in old_names.OF_VARIABLES


def _variable_use(node: ast.Call) -> Use:
    """K.set_value(a, b) is a.assign(b), K.get_value(a) is a.numpy()."""
    name, ends = _last_name(node.func), [_span(one) for one in node.args[:2]]
    new = old_names.OF_VARIABLES[name]
    behind = Edit(ends[0][1], ends[1][0] if len(ends) > 1 else ends[0][1], f".{new}(")
    edits = Edit(_span(node)[0], ends[0][0], ""), behind
    return Use(f"{name}(variable)", f"variable.{new}()", "Keras 3", node.lineno, edits=edits)


def _span(node: ast.AST) -> Span:
    one: Any = node
    return (one.lineno, one.col_offset), (one.end_lineno, one.end_col_offset)


def _last_name(node: ast.AST) -> str:
    return str(getattr(node, "attr", None) or getattr(node, "id", ""))


def _root(node: ast.expr) -> str:
    return _root(node.value) if isinstance(node, ast.Attribute) else _last_name(node)


def _caught(handler: ast.ExceptHandler) -> Iterator[ast.expr]:
    if handler.type is None:
        yield ast.Name("Exception")
    else:
        yield from handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
