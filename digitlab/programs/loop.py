"""A training loop without a function for its step, whose body runs on a batch of ours."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np
import tensorflow as tf

from digitlab.programs.call import MAX_BATCH, are_images, are_labels
from digitlab.programs.source import SourceFile

BATCH = "_digitlab_batch"
MAX_LABEL = 100  # larger numbers are the order in which images are taken
Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef
LOOPS = (ast.For, ast.While)


@dataclass
class Loop:
    """A loop over batches."""

    node: ast.For | ast.While
    values: dict[str, Any]  # the names that its body sees; for a loop in a function, a copy
    batch: tuple[Any, Any]  # images and labels: of a batch, or the arrays that the body takes batches from
    element: Any  # the first value of the loop's target
    arrays: tuple[str, ...]  # the names of the arrays that the body takes batches from, images first
    path: str  # of the file
    _turns: int = field(default=0)

    @property
    def line(self) -> int:
        """The line of the loop."""
        return self.node.lineno

    @property
    def counts(self) -> bool:
        """Whether the body depends on the number of turns."""
        if not isinstance(self.node, ast.For) or not _is_call(self.node.iter, "enumerate"):
            return False
        return bool(_names(self.node.target)[:1] and _names(self.node.target)[0] in _names(*self.node.body))

    def begin(self) -> None:
        """Begin an epoch: count the turns from zero."""
        self._turns = 0

    def on(self, images: Any, labels: Any) -> None:
        """Run the body once with other images and labels."""
        mine = _batch_in(self.element)
        element = tf.nest.map_structure(
            lambda one: images if one is mine[0] else labels if one is mine[1] else one, self.element
        )
        if isinstance(self.node, ast.For) and _is_call(self.node.iter, "enumerate"):
            element = (element[0] + self._turns, *element[1:])
        changed: dict[str, Any] = {BATCH: [element], "next": lambda _: (images, labels)}
        for name, rows in zip(self.arrays, (images, labels), strict=False):
            changed[name] = _Indexed(self.values[name], rows)
        kept = {name: self.values[name] for name in changed if name in self.values}
        self.values.update(changed)
        try:
            exec(self._body(), self.values)
        finally:
            for name in changed:
                self.values.pop(name, None)
            self.values.update(kept)
        self._turns += 1

    def _body(self) -> Any:
        target = self.node.target if isinstance(self.node, ast.For) else ast.Name("_", ast.Store())
        loop = ast.copy_location(ast.For(target, ast.Name(BATCH, ast.Load()), self.node.body, []), self.node)
        return compile(ast.fix_missing_locations(ast.Module([loop], [])), self.path, "exec", dont_inherit=True)


class _Indexed:
    """Replaces an array of all images or labels: any index gives our batch."""

    def __init__(self, whole: Any, rows: Any) -> None:
        self._whole, self._rows = whole, rows

    def __getitem__(self, _: Any) -> Any:
        return self._rows

    def __len__(self) -> int:
        return len(self._whole)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)


def loop_of(source: SourceFile, frame: FrameType) -> Loop | None:
    """The innermost loop around the running line of `frame` that has batches."""
    values = frame.f_globals if frame.f_locals is frame.f_globals else {**frame.f_globals, **frame.f_locals}
    for node in reversed(enclosing_loops(source, frame)):
        over_batches = isinstance(node, ast.For) and not _is_call(node.iter, "range")
        found = (_over_batches if over_batches else _out_of_arrays)(node, values, str(source.path))
        if found is not None:
            return found
    return None


def enclosing_loops(source: SourceFile, frame: FrameType) -> list[ast.For | ast.While]:
    """The loops of the frame's own function around its running line, the outermost first."""
    scope = _scope_of(source, frame)
    return [
        node
        for node in _own_nodes(scope)
        if isinstance(node, LOOPS) and node.body[0].lineno <= frame.f_lineno <= (node.body[-1].end_lineno or 0)
    ]


def turns(node: ast.For | ast.While, frame: FrameType) -> int | None:
    """The number of turns of a `for … in range(…)`; None: unknown."""
    if not isinstance(node, ast.For) or not _is_call(node.iter, "range"):
        return None
    try:
        return len(eval(compile(ast.Expression(node.iter), "", "eval"), frame.f_globals, frame.f_locals))
    except Exception:  # it uses names that are not defined
        return None


def _scope_of(source: SourceFile, frame: FrameType) -> Scope:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == frame.f_code.co_name:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            if first == frame.f_code.co_firstlineno:
                return node
    return source.tree


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _own_nodes(child)


def _over_batches(node: Any, values: dict[str, Any], path: str) -> Loop | None:
    """`for images, labels in data`, also inside `enumerate`, tuples and dictionaries."""
    try:
        element = next(iter(eval(compile(ast.Expression(node.iter), path, "eval"), values)))
    except Exception:  # it is used up, for example
        return None
    images, labels = _batch_in(element)
    return None if images is None or labels is None else Loop(node, values, (images, labels), element, (), path)


def _batch_in(element: Any) -> tuple[Any, Any]:
    parts = tf.nest.flatten(element)
    images = next((one for one in parts if are_images(one)), None)
    if images is None:
        return None, None
    return images, next((one for one in parts if one is not images and are_labels(one, images.shape[0])), None)


def _out_of_arrays(node: ast.For | ast.While, values: dict[str, Any], path: str) -> Loop | None:
    """A loop whose body takes its batch from arrays of all images and labels, or from an iterator by `next`."""
    names = sorted(set(_names(*node.body)))
    found = {name: values[name] for name in names if isinstance(values.get(name), np.ndarray | tf.Tensor)}
    arrays = {name: one for name, one in found.items() if len(one.shape)}
    long = {name: one for name, one in arrays.items() if one.shape[0] > MAX_BATCH}
    if not long and "next" not in names:
        return None
    images = next((name for name, one in (long or arrays).items() if are_images(one)), None)
    if images is None:
        return None
    rows = arrays[images].shape[0]
    candidates = [name for name, one in arrays.items() if name != images and are_labels(one, rows)]
    labels = next((one for one in candidates if arrays[one].ndim == 2 or np.max(arrays[one]) < MAX_LABEL), None)
    if labels is None:
        return None
    element = values.get(node.target.id, 0) if isinstance(node, ast.For) and isinstance(node.target, ast.Name) else 0
    return Loop(node, values, (arrays[images], arrays[labels]), element, (images, labels) if long else (), path)


def _names(*nodes: ast.AST) -> list[str]:
    return [one.id for node in nodes for one in ast.walk(node) if isinstance(one, ast.Name)]


def _is_call(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
