"""A loop over batches that trains without a function for its step: its body, made callable on a batch of ours."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.models.userfile.running import Namespace
from digitlab.models.userfile.script import opens_tape, outside_functions

BATCH = "_digitlab_batches"
LONG = 500  # images and more: an array of data
MOST = 1_000  # of them are looked at


@dataclass(frozen=True)
class InlineStep:
    """One turn of the loop.

    Attributes:
        line: of the loop.
        run: does one step on (images, labels), given as the file has them.
        arrays: the whole arrays of images and labels out of which the loop takes its batches; None: it is given them.
        names: of images and labels of a batch, where the loop is given them.
    """

    line: int
    run: Callable[[Any, Any], None]
    arrays: tuple[NDArray[Any], NDArray[Any]] | None
    names: tuple[str, ...] = ()


def find_inline_step(namespace: Namespace) -> InlineStep | None:
    """The innermost loop of the file that opens a tape, as a step."""
    for one in namespace.left_out:
        for loops in _nested(one.statement, ()):
            inner = loops[-1]
            if (of_targets := _of_targets(inner)) is not None:
                return InlineStep(inner.lineno, _Run(namespace, loops, of_targets), None, _targets(inner)[-2:])
            if (names := _array_names(inner, namespace)) is not None:
                images, labels = (np.asarray(namespace.values[name][:MOST]) for name in names)
                return InlineStep(inner.lineno, _Run(namespace, loops, _of_arrays(inner, *names)), (images, labels))
    return None


def _nested(statement: ast.stmt, outer: tuple[ast.For, ...]) -> Iterator[tuple[ast.For, ...]]:
    """Loops from the outermost to an innermost one in whose own body a tape is opened."""
    if isinstance(statement, ast.For):
        outer = (*outer, statement)
        if any(isinstance(line, ast.With) and opens_tape(line) for line in statement.body):
            yield outer
    for line in getattr(statement, "body", ()):
        if not isinstance(line, ast.FunctionDef | ast.ClassDef):
            yield from _nested(line, outer)


Feed = Callable[[Namespace, Any, Any], tuple[ast.expr, Any, dict[str, Any]]]


def _of_targets(loop: ast.For) -> Feed | None:
    """`for images, labels in data`, also inside `enumerate`: the last two targets are bound."""
    names = _targets(loop)
    if len(names) < 2 or _is_range(loop.iter):
        return None

    def feed(_: Namespace, images: Any, labels: Any) -> tuple[ast.expr, Any, dict[str, Any]]:
        values = [*[0] * (len(names) - 2), images, labels]
        return loop.target, _shaped(loop.target, iter(values)), {}

    return feed


def _targets(loop: ast.For) -> tuple[str, ...]:
    return tuple(node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name))


def _shaped(target: ast.expr, values: Iterator[Any]) -> Any:
    if isinstance(target, ast.Tuple | ast.List):
        return tuple(_shaped(one, values) for one in target.elts)
    return next(values)


def _array_names(loop: ast.For, namespace: Namespace) -> tuple[str, str] | None:
    """The arrays of images and labels that the body of `for start in range(0, n, size)` takes slices of."""
    used = {node.id for line in loop.body for node in outside_functions(line) if isinstance(node, ast.Name)}
    arrays = {name: namespace.values[name] for name in sorted(used) if _is_long(namespace.values.get(name))}
    images = [name for name, value in arrays.items() if _pixels(value) == 784]
    if len(images) != 1:
        return None
    same = [name for name, one in arrays.items() if _pixels(one) <= 100 and len(one) == len(arrays[images[0]])]
    labels = [name for name in same if "y" in name or "label" in name or "target" in name] or same
    return (images[0], labels[0]) if labels else None


def _is_long(value: Any) -> bool:
    return isinstance(value, np.ndarray | tf.Tensor) and len(value.shape) > 0 and len(value) > LONG


def _of_arrays(loop: ast.For, images: str, labels: str) -> Feed:
    """The arrays are filled with our batch, again and again, and the loop's variable has its first value."""

    def feed(namespace: Namespace, batch: Any, answers: Any) -> tuple[ast.expr, Any, dict[str, Any]]:
        values = namespace.values
        filled = {images: _tiled(batch, values[images]), labels: _tiled(answers, values[labels])}
        return loop.target, next(iter(_first_of(loop, namespace)), 0), filled

    return feed


def _pixels(array: Any) -> int:
    return int(np.prod(tuple(array.shape)[1:], dtype=np.int64))


def _tiled(rows: Any, like: Any) -> Any:
    """`rows` again and again, as many as in `like`, of its kind."""
    indices = np.arange(len(like)) % len(rows)
    tiled = np.asarray(rows)[indices].reshape(tuple(like.shape))
    return tf.constant(tiled, like.dtype) if isinstance(like, tf.Tensor) else tiled.astype(like.dtype)


def _is_range(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"


def _first_of(loop: ast.For, namespace: Namespace) -> Any:
    code = compile(ast.Expression(loop.iter), str(namespace.source.path), "eval")
    return eval(code, namespace.values)


class _Run:
    """Runs what stands before the innermost loop once, and then the loop's body for each batch."""

    def __init__(self, namespace: Namespace, loops: tuple[ast.For, ...], feed: Feed) -> None:
        self._namespace = namespace
        self._loops = loops
        self._feed = feed
        self._prepared = False

    def __call__(self, images: Any, labels: Any) -> None:
        values = self._namespace.values
        if not self._prepared:
            self._prepare()
        target, element, filled = self._feed(self._namespace, images, labels)
        kept = {name: values[name] for name in filled}
        values.update(filled)
        values[BATCH] = [element]
        try:
            exec(self._body(target), values)
        finally:
            values.update(kept)

    def _prepare(self) -> None:
        """What the outer loops do before the inner one: counters, the order of the images."""
        for outer, inner in zip(self._loops, self._loops[1:], strict=False):
            self._bind_first(outer)
            for line in outer.body:
                if line is inner or any(node is inner for node in ast.walk(line)):
                    break
                pruned = self._namespace.script.pruned(copy.deepcopy(line))
                if self._namespace.script.why_left_out(line) is None:
                    exec(self._compiled([pruned]), self._namespace.values)
        self._prepared = True

    def _bind_first(self, loop: ast.For) -> None:
        if isinstance(loop.target, ast.Name):
            self._namespace.values[loop.target.id] = next(iter(_first_of(loop, self._namespace)), 0)

    def _body(self, target: ast.expr) -> Any:
        loop = ast.For(target, ast.Name(BATCH, ast.Load()), self._loops[-1].body, [])
        return self._compiled([ast.copy_location(loop, self._loops[-1])])

    def _compiled(self, body: list[ast.stmt]) -> Any:
        module = ast.fix_missing_locations(ast.Module(body, []))
        return compile(module, str(self._namespace.source.path), "exec", dont_inherit=True)
