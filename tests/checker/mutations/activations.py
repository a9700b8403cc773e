"""Where hidden layers get their bend, in every way of writing it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tests.checker.mutations import facts, places
from tests.checker.mutations.program import Plan, Program, constant, last_name

NAMES = ("relu", "tanh", "gelu", "elu", "selu", "swish", "sigmoid")
LAYERS = ("ReLU", "LeakyReLU", "PReLU", "ELU")


@dataclass(frozen=True)
class Site:
    """`Dense(100, activation="relu")`: argument; `ReLU()`: layer; `tf.nn.relu(x)`: function."""

    kind: str
    call: ast.Call
    name: str


def hidden(program: Program) -> Iterator[Site]:
    """All of them, but for gates and what stands at the end."""
    for call in program.each(ast.Call):
        name = last_name(call.func)
        if name in LAYERS or (name == "Activation" and constant(call.args[0] if call.args else None) in NAMES):
            yield Site("layer", call, name.lower() if name in LAYERS else str(constant(call.args[0])))
        elif name in NAMES and call.args:
            yield Site("function", call, name)
        elif name == "maximum" and len(call.args) == 2:
            yield Site("function", call, "relu")
        # A sigmoid between layers is a gate here.
        elif name in facts.WEIGHTED and facts.activation_name(call) in NAMES[:-1] and not facts.is_head(program, call):
            yield Site("argument", call, facts.activation_name(call))


def removed(program: Program, site: Site) -> Plan:
    if site.kind == "argument":
        return places.without_activation(program, site.call)
    if site.kind == "function":
        return program.unwrapped(site.call)
    return places.taken_out(program, site.call) or []


def replaced(program: Program, site: Site, name: str) -> Plan:
    """With another activation, by its Keras name."""
    if site.kind == "argument":
        given = facts.activation(site.call)
        return program.instead(given, f'"{name}"') if given is not None else []
    if site.kind == "function":
        module = "tf.nn" if name in ("softmax", "relu") else "tf"
        return program.instead(site.call, f"{module}.{name}({program.text(site.call.args[0])})")
    return program.instead(site.call, f'tf.keras.layers.Activation("{name}")')
