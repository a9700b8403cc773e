"""Runs the part of a user's file that defines things, and keeps what it defined."""

from __future__ import annotations
import __future__

import ast
import copy
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np
import tensorflow as tf

from digitlab.data.dataset import Split
from digitlab.errors import ModelFileError
from digitlab.models.userfile.script import Script, lines_of_names, names_bound, names_used, outside_functions
from digitlab.programs import standins
from digitlab.programs.datasets import Rows, Served, in_place_of_downloads
from digitlab.programs.source import SourceFile, said
from digitlab.programs.stage import undisturbed


@dataclass(frozen=True)
class LeftOut:
    """A statement of the top level that was not run, and why."""

    statement: ast.stmt
    why: str


@dataclass
class Namespace:
    """What a file defined.

    Attributes:
        values: by name.
        lines: where each name of the top level gets its value.
        left_out: the statements that were not run.
        missing: the names that have no value because of that, and the line of the statement.
        data_served: whether the file loaded MNIST.
        notes: what it did without.
    """

    source: SourceFile
    script: Script
    values: dict[str, Any]
    lines: dict[str, int]
    left_out: list[LeftOut] = field(default_factory=list)
    missing: dict[str, int] = field(default_factory=dict)
    data_served: bool = False
    notes: tuple[str, ...] = ()

    def error_of(self, error: BaseException, doing: str) -> ModelFileError:
        """The error to raise for an exception that came out of the user's code while `doing` something."""
        line = self.source.line_of(error)
        if isinstance(error, NameError) and error.name in self.missing:
            return self._name_left_out(error.name, line)
        if isinstance(error, ModuleNotFoundError):
            return standins.import_error(self.source, error)
        return self.source.error(
            line,
            f"an error while {doing}",
            found=said(error),
            remedy=f"mend this line: {self.source.quote(line)}" if line else "mend the file",
        )

    def forget_data(self) -> None:
        """Let go of arrays and pipelines that no function of the file speaks of: they can fill a gigabyte."""
        functions = [node for node in ast.walk(self.source.tree) if isinstance(node, ast.FunctionDef | ast.Lambda)]
        spoken = {name.id for node in functions for name in ast.walk(node) if isinstance(name, ast.Name)}
        for name, value in list(self.values.items()):
            if name not in spoken and isinstance(value, np.ndarray | tf.Tensor | tf.data.Dataset):
                del self.values[name]

    def _name_left_out(self, name: str, line: int | None) -> ModelFileError:
        cause = self.missing[name]
        why = next((one.why for one in self.left_out if one.statement.lineno == cause), "")
        return self.source.error(
            line,
            f"the name '{name}' is needed, but the statement that makes it was left out",
            found=f"line {cause}: {self.source.quote(cause)} ({why})",
            remedy="loading a file defines things and trains nothing; make that name without training",
        )


def run_source(source: SourceFile, data: Split, rows: Rows) -> Namespace:
    """Run the imports, definitions and assignments of a file.

    Args:
        source: the file.
        data: what its `mnist.load_data()` gives.
        rows: how many of them.

    Raises:
        ModelFileError: an exception came out of one of its statements.
    """
    module = source.new_module()
    lines = lines_of_names(source.tree)
    namespace = Namespace(source, Script(source.tree), module.__dict__, lines)
    served = Served(data, rows)
    with undisturbed(source), in_place_of_downloads(served), standins.imports(source, served) as notes:
        for statement in source.tree.body:
            _run_or_leave_out(statement, namespace)
    namespace.data_served, namespace.notes = served.asked, tuple(notes)
    return namespace


def _run_or_leave_out(statement: ast.stmt, namespace: Namespace) -> None:
    why = namespace.script.why_left_out(statement) or _needs_missing(statement, namespace)
    if why is None and isinstance(statement, ast.For) and _goes_over_batches(statement, namespace.values):
        why = "it goes over batches of data"
    if why is not None:
        namespace.left_out.append(LeftOut(statement, why))
        for name in names_bound(statement) - namespace.values.keys():
            namespace.missing.setdefault(name, statement.lineno)
        return
    pruned = namespace.script.pruned(copy.deepcopy(statement))
    try:
        exec(_compiled(pruned, namespace.source), namespace.values)
    except (Exception, SystemExit) as error:
        raise namespace.error_of(error, "its top level runs") from None
    for name in names_bound(statement):
        namespace.missing.pop(name, None)


def _compiled(statement: ast.stmt, source: SourceFile) -> CodeType:
    of_the_future = [
        node for node in source.tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    flags = __future__.annotations.compiler_flag if of_the_future else 0
    code: CodeType = compile(ast.Module([statement], []), str(source.path), "exec", flags, dont_inherit=True)
    return code


def _needs_missing(statement: ast.stmt, namespace: Namespace) -> str | None:
    for name in sorted(names_used(statement) & namespace.missing.keys()):
        return f"it needs '{name}' of line {namespace.missing[name]}"
    return None


def _goes_over_batches(loop: ast.For, values: dict[str, Any]) -> bool:
    names = [node.id for node in outside_functions(loop.iter) if isinstance(node, ast.Name)]
    return any(isinstance(values.get(name), tf.data.Dataset) for name in names)
