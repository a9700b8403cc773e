"""A program as text and tree, and edits of its text at places of the tree, so that layout and comments stay."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Edit:
    """The characters from start to end become `text`."""

    start: int
    end: int
    text: str


Plan = list[Edit]


class Program:
    """The source of a program, its tree, and who is whose parent."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tree = ast.parse(source)
        self._lines = source.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        self.parent = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def each(self, kind: type[Node], within: ast.AST | None = None) -> Iterator[Node]:
        """All nodes of a kind, in the order of the text."""
        found = [node for node in ast.walk(within or self.tree) if isinstance(node, kind)]
        yield from sorted(found, key=lambda node: (node.lineno, node.col_offset))  # type: ignore[attr-defined]

    def calls(self, *names: str, within: ast.AST | None = None) -> Iterator[ast.Call]:
        """Calls of functions with one of these names, whatever stands before the last dot."""
        return (call for call in self.each(ast.Call, within) if last_name(call.func) in names)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where the node stands in the text."""
        start = self._place(node.lineno, node.col_offset)  # type: ignore[attr-defined]
        return start, self._place(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def _place(self, line: int, column: int) -> int:
        # The tree counts columns in bytes.
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def text(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.source[start:end]

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that the node is a part of."""
        while not isinstance(node, ast.stmt):
            node = self.parent[node]
        return node

    def function(self, node: ast.AST) -> ast.FunctionDef | None:
        """The function that the node stands in."""
        above: ast.AST | None = self.parent.get(node)
        while above is not None and not isinstance(above, ast.FunctionDef):
            above = self.parent.get(above)
        return above

    def instead(self, node: ast.AST, text: str) -> Plan:
        return [Edit(*self.span(node), text)]

    def around(self, node: ast.AST, before: str, after: str) -> Plan:
        start, end = self.span(node)
        return [Edit(start, start, before), Edit(end, end, after)]

    def unwrapped(self, call: ast.Call) -> Plan:
        """`f(x, ...)` becomes `x`."""
        (start, end), (inner_start, inner_end) = self.span(call), self.span(call.args[0])
        return [Edit(start, inner_start, ""), Edit(inner_end, end, "")]

    def line_after(self, statement: ast.stmt, *lines: str) -> Plan:
        end = self.span(statement)[1]
        return [Edit(end, end, "".join(f"\n{self._indent(statement)}{line}" for line in lines))]

    def line_before(self, statement: ast.stmt, *lines: str) -> Plan:
        start = self.span(statement)[0]
        return [Edit(start, start, "".join(f"{line}\n{self._indent(statement)}" for line in lines))]

    def _indent(self, statement: ast.stmt) -> str:
        line = self._lines[statement.lineno - 1]
        return line[: len(line) - len(line.lstrip())]

    def argument(self, call: ast.Call, name: str, text: str) -> Plan:
        """Sets a keyword argument, or adds it."""
        for keyword in call.keywords:
            if keyword.arg == name:
                return self.instead(keyword.value, text)
        end = self.span(call)[1] - 1
        given = [*call.args, *call.keywords]
        # After a trailing comma no second one may come.
        last = self.span(given[-1])[1] if given else end
        return [Edit(last, last, f"{', ' if given else ''}{name}={text}")]

    def without_argument(self, call: ast.Call, argument: ast.AST) -> Plan:
        """Takes an argument out, with the comma that it needs."""
        given: list[ast.AST] = [*call.args, *call.keywords]
        return self._without_item(given, given.index(argument))

    def without_element(self, items: ast.List | ast.Tuple, item: ast.expr) -> Plan:
        return self._without_item(list(items.elts), items.elts.index(item))

    def _without_item(self, items: list[ast.AST], index: int) -> Plan:
        start, end = self.span(items[index])
        if index + 1 < len(items):
            return [Edit(start, self.span(items[index + 1])[0], "")]
        if index:
            return [Edit(self.span(items[index - 1])[1], end, "")]
        return [Edit(start, end, "")]

    def importing(self, line: str, name: str) -> Plan:
        """Adds an import where the name isn't known yet."""
        known = {a.asname or a.name for i in self.each(ast.Import) for a in i.names}
        if name in known:
            return []
        first = next(s for s in self.tree.body if isinstance(s, ast.Import | ast.ImportFrom))
        return self.line_before(first, line)

    def applied(self, plan: Plan) -> str:
        """The text after all edits, which must not overlap."""
        text = self.source
        uses = "".join(edit.text for edit in plan)
        plan = list(plan)
        for line, name in (("import tensorflow as tf", "tf"), ("import numpy as np", "np")):
            if f"{name}." in uses:
                plan += self.importing(line, name)
        before = len(text)
        for edit in sorted(dict.fromkeys(plan), key=lambda edit: (edit.start, edit.end), reverse=True):
            if edit.end > before:
                raise ValueError(f"overlapping edits at {edit}")
            text = text[: edit.start] + edit.text + text[edit.end :]
            before = edit.start
        return text


def last_name(node: ast.AST) -> str:
    """The last part of a dotted name: `Dense` of `tf.keras.layers.Dense`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def argument_of(call: ast.Call, name: str, position: int | None = None) -> ast.expr | None:
    """An argument by its name, or by its position."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[position] if position is not None and len(call.args) > position else None


def constant(node: ast.AST | None) -> object:
    """The value of a literal, else None."""
    return node.value if isinstance(node, ast.Constant) else None
