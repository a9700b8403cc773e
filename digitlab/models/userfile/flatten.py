"""A script whose training sits in `main()` or `train(…)`, rewritten so that it sits at the top level.  No TensorFlow.

Many people put all that a program does into functions.  What such a function defines (the model, the loss, the loop
over batches) is then out of sight for whoever looks at the top level.  So the call of a function that trains is
replaced by what the function does: its parameters are assigned, its body follows.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from digitlab.models.userfile.script import Nested, Script, is_main_guard, opens_tape_once, outside_functions

DEEPEST = 4  # functions that call functions


def flattened(tree: ast.Module) -> ast.Module:
    """`tree` with the bodies of functions that train in place of their calls; the same tree where there are none."""
    flat = _Flattening(tree)
    body = flat.statements(tree.body, 0)
    return ast.fix_missing_locations(ast.Module(body, tree.type_ignores)) if flat.changed else tree


class _Flattening:
    def __init__(self, tree: ast.Module) -> None:
        self._script = Script(tree)
        self._functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        self.changed = False

    def statements(self, body: list[ast.stmt], depth: int) -> list[ast.stmt]:
        return [new for statement in body for new in self._statement(statement, depth)]

    def _statement(self, statement: ast.stmt, depth: int) -> Iterator[ast.stmt]:
        if isinstance(statement, ast.If) and is_main_guard(statement):
            self.changed = True
            yield from self.statements(statement.body, depth)
        elif isinstance(statement, ast.For | ast.While | ast.With):
            new = copy.copy(statement)
            new.body = self.statements(statement.body, depth)
            yield new
        elif (called := self._called(statement)) is not None and depth < DEEPEST:
            self.changed = True
            yield from self._in_place_of(statement, called, depth)
        else:
            yield statement

    def _called(self, statement: ast.stmt) -> ast.Call | None:
        """The call that `statement` consists of, if it is of a function that trains."""
        call = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            return None
        function = self._functions.get(call.func.id)
        if function is None or not self._script.trains(function.name) or opens_tape_once(function):
            return None
        return call if _can_be_unfolded(function, call) else None

    def _in_place_of(self, statement: ast.stmt, call: ast.Call, depth: int) -> Iterator[ast.stmt]:
        assert isinstance(call.func, ast.Name)
        function = self._functions[call.func.id]
        for node in function.body:
            if isinstance(node, ast.FunctionDef):
                self._functions.setdefault(node.name, node)
        yield from _assigned_parameters(function, call)
        *body, last = copy.deepcopy(function.body)
        if not isinstance(last, ast.Return):
            body, last = [*body, last], ast.Return(None)
        yield from self.statements(body, depth + 1)
        if last.value is not None:
            if isinstance(statement, ast.Assign):
                yield ast.copy_location(ast.Assign(statement.targets, last.value), last)
            else:
                yield ast.copy_location(ast.Expr(last.value), last)


def _can_be_unfolded(function: ast.FunctionDef, call: ast.Call) -> bool:
    """Whether its body may stand at the top level: it returns at its end only, and takes plain arguments."""
    spec = function.args
    if spec.vararg or spec.kwarg or any(isinstance(one, ast.Starred) for one in call.args):
        return False
    if any(keyword.arg is None for keyword in call.keywords) or len(call.args) > len(spec.args):
        return False
    body = function.body[:-1] if isinstance(function.body[-1], ast.Return) else function.body
    inner = [node for line in body for node in outside_functions(line) if not isinstance(line, Nested)]
    return not any(isinstance(node, ast.Return | ast.Yield | ast.YieldFrom | ast.Global) for node in inner)


def _assigned_parameters(function: ast.FunctionDef, call: ast.Call) -> Iterator[ast.stmt]:
    spec = function.args
    names = [one.arg for one in spec.args]
    values: dict[str, ast.expr | None] = dict(zip(reversed(names), reversed(spec.defaults), strict=False))
    values |= {one.arg: default for one, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)}
    values |= dict(zip(names, call.args, strict=False))
    values |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    for name, value in values.items():
        if value is not None and not (isinstance(value, ast.Name) and value.id == name):
            target = ast.Name(name, ast.Store())
            yield ast.copy_location(ast.Assign([target], value), call)
