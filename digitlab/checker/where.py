"""Where in the user's file something is, to point at; never to judge by."""

import ast
import traceback
from collections.abc import Iterator

from digitlab.checker.subject import Subject


def model_line(subject: Subject) -> int | None:
    """Where the model is defined."""
    return subject.program.line if subject.program is not None else None


def step_line(subject: Subject) -> int | None:
    """Where the training step is."""
    return subject.program.step_line if subject.program is not None else None


def line_naming(subject: Subject, *names: str) -> int | None:
    """The first line, `print` aside, with the first of `names` that the file contains; else that of the model."""
    lines: dict[str, int] = {}
    for node in _nodes(subject.program.source.tree) if subject.program is not None else ():
        name = _name_of(node)
        lines[name] = min(node.lineno, lines.get(name, node.lineno))
    return next((lines[name] for name in names if name in lines), model_line(subject))


def place_naming(subject: Subject, *names: str) -> tuple[int | None, str]:
    """The same line, and its quote to end a sentence with."""
    line = line_naming(subject, *names)
    return line, quote_after_colon(subject, line)


def line_in_stack(subject: Subject, frames: traceback.StackSummary) -> int | None:
    """The innermost line of the file among `frames`."""
    path = str(subject.program.source.path) if subject.program is not None else None
    lines = [frame.lineno for frame in frames if frame.filename == path]
    return lines[-1] if lines else None


def quoted(subject: Subject, line: int | None) -> str:
    """The line's number and code: "line 3, `x = x / 255`"; empty where there is none."""
    if subject.program is None or line is None:
        return ""
    return f"{subject.program.source.place(line)}, `{subject.program.source.quote(line)}`"


def quote_after_colon(subject: Subject, line: int | None) -> str:
    """The same after a colon, to end a sentence with."""
    text = quoted(subject, line)
    return f": {text}" if text else ""


def _nodes(node: ast.AST) -> Iterator[ast.expr | ast.keyword]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
        return
    if isinstance(node, ast.Attribute | ast.Name | ast.keyword | ast.Constant):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _nodes(child)


def _name_of(node: ast.AST) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case ast.keyword(arg=str(name)):
            return name
        case ast.Constant(value=str(name)):
            return name
    return ""
