"""Putting a layer behind another, or taking one out, in whatever way the program puts its layers together."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checker.mutations import facts
from tests.checker.mutations.program import Plan, Program, constant, last_name

SOFTMAX_LAYER = "tf.keras.layers.Softmax()"


def behind(program: Program, layer: ast.Call, made: list[str], function: str) -> Plan | None:
    """Puts layers (as expressions `made`) or the function (`f({})`) behind the layer that this call makes."""
    parent = program.parent[layer]
    if isinstance(parent, ast.List):
        return program.around(layer, "", "".join(f", {text}" for text in made))
    if isinstance(parent, ast.Call) and parent.func is layer:
        return program.around(parent, "".join(f"{text}(" for text in reversed(made)), ")" * len(made))
    if isinstance(parent, ast.Call) and last_name(parent.func) in ("add", "append"):
        add = program.text(parent.func)
        return program.line_after(program.statement(layer), *(f"{add}({text})" for text in made))
    if isinstance(parent, ast.Assign):
        return _behind_uses(program, parent.targets[0], function)
    return None


def _behind_uses(program: Program, target: ast.expr, function: str) -> Plan | None:
    before, after = function.split("{}")
    plan = [edit for call in uses(program, target) for edit in program.around(call, before, after)]
    return plan or None


def uses(program: Program, target: ast.expr) -> Iterator[ast.Call]:
    """Where a layer that was assigned is called."""
    name = program.text(target)
    return (call for call in program.each(ast.Call) if program.text(call.func) == name)


def taken_out(program: Program, layer: ast.Call) -> Plan | None:
    """The program without the layer that this call makes."""
    parent = program.parent[layer]
    if isinstance(parent, ast.List):
        return program.without_element(parent, layer)
    if isinstance(parent, ast.Call) and parent.func is layer:
        statement = program.statement(layer)
        into = last_name(statement.targets[0]) if isinstance(statement, ast.Assign) else ""
        # `x = ReLU()(x)` goes as a whole.
        return _without(program, statement) if into == last_name(parent.args[0]) != "" else program.unwrapped(parent)
    if isinstance(parent, ast.Call) and last_name(parent.func) == "add":
        return _without(program, program.statement(layer))
    if isinstance(parent, ast.Assign):
        return [edit for call in uses(program, parent.targets[0]) for edit in program.unwrapped(call)] or None
    return None


def _without(program: Program, statement: ast.stmt) -> Plan | None:
    """The block without the statement, if there's another one in it."""
    body = getattr(program.parent[statement], "body", [])
    return program.instead(statement, "") if len(body) > 1 else None


def without_activation(program: Program, layer: ast.Call) -> Plan:
    """`Dense(10, activation="softmax")` becomes `Dense(10)`."""
    for argument in (*layer.keywords, *layer.args):
        value = argument.value if isinstance(argument, ast.keyword) else argument
        if value is facts.activation(layer):
            return program.without_argument(layer, argument)
    return []


def on_logits(program: Program, made: str, function: str) -> Iterator[Plan]:
    """Puts something between the last linear layer and the softmax, in a model that may end with logits."""
    before, after = function.split("{}")
    for head in facts.heads(program):
        if facts.activation_name(head) == "softmax":
            plan = behind(program, head, [made, SOFTMAX_LAYER], f"tf.nn.softmax({before}{{}}{after})")
            if plan:
                yield [*plan, *without_activation(program, head)]
        elif facts.activation(head) is None:
            plan = behind(program, head, [made], function)
            if plan:
                yield plan
    if not facts.heads(program):
        yield from _on_logits_from_scratch(program, before, after)


def _on_logits_from_scratch(program: Program, before: str, after: str) -> Iterator[Plan]:
    softmaxes = [call for call in program.calls(*facts.SOFTMAX_FUNCTIONS) if call.args]
    if softmaxes:
        yield program.around(softmaxes[0].args[0], before, after)
    elif facts.answers(program) == "logits":
        yield from on_answer(program, [], f"{before}{{}}{after}")


def on_answer(program: Program, made: list[str], function: str) -> Iterator[Plan]:
    """Puts something behind the very last step of the model."""
    answering = facts.forward(program)
    if answering is not None:
        values = facts.returned(program, answering)
        yield [e for v in values for e in program.instead(v, function.replace("{}", program.text(v)))]
        return
    ends = facts.output_softmaxes(program) if facts.answers(program) == "probabilities" else facts.heads(program)
    for end in ends:
        plan = behind(program, end, made, function)
        if plan:
            yield plan


def instead_of_softmax(program: Program, name: str | None, function: str) -> Iterator[Plan]:
    """Another activation (by name; None: none) or another function in the place of the softmax at the end."""
    for call in facts.output_softmaxes(program):
        if facts.is_head(program, call):
            given = facts.activation(call)
            assert given is not None
            yield program.instead(given, f'"{name}"') if name else without_activation(program, call)
        elif last_name(call.func) in facts.SOFTMAX_FUNCTIONS:
            before, after = function.split("{}")
            yield program.instead(call, f"{before}{program.text(call.args[0])}{after}")
        elif name is None:
            yield taken_out(program, call) or []
        elif constant(call.args[0] if call.args else None) == "softmax":
            yield program.instead(call.args[0], f'"{name}"')
        else:
            yield program.instead(call, f'tf.keras.layers.Activation("{name}")')
