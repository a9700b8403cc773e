"""Mistakes that show in how the model answers: by chance, by its neighbours, or whatever it is shown."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checker.mutations import activations, facts, places
from tests.checker.mutations.program import Plan, Program, argument_of, constant, last_name
from tests.checker.mutations.registry import mutation

NORMED = "({x} - tf.reduce_mean({x}, axis=0)) / (tf.math.reduce_std({x}, axis=0) + 1e-3)"


def _always_training(program: Program, *layers: str) -> Iterator[Plan]:
    """`self.drop(x, training=training)` becomes `self.drop(x, training=True)`.

    Not in functional models: there Keras 3 puts the model's own flag in its place.
    """
    for layer in program.calls(*layers):
        parent = program.parent[layer]
        if isinstance(parent, ast.Assign):
            uses = list(places.uses(program, parent.targets[0]))
            yield [edit for call in uses for edit in program.argument(call, "training", "True")]


def _before_head(program: Program, made: str) -> Iterator[Plan]:
    """Puts a layer before the last one, in models built from layers."""
    for head in facts.heads(program) if facts.built(program) else ():
        parent = program.parent[head]
        if isinstance(parent, ast.List):
            yield program.around(head, f"{made}, ", "")
        elif isinstance(parent, ast.Call) and parent.func is head:
            yield program.around(parent.args[0], f"{made}(", ")")
        elif isinstance(parent, ast.Call) and last_name(parent.func) in ("add", "append"):
            yield program.line_before(program.statement(head), f"{program.text(parent.func)}({made})")


@mutation("random-at-inference", "behaviour")
def random_at_inference(program: Program) -> Iterator[Plan]:
    yield from _always_training(program, "Dropout", "SpatialDropout2D")
    for site in activations.hidden(program):
        if site.kind == "function" and not facts.built(program):
            yield program.around(site.call, "tf.nn.dropout(", ", 0.3)")
    for call in program.calls("deepnn"):
        if constant(argument_of(call, "keep_prob", 1)) == 1.0:
            yield program.argument(call, "keep_prob", "0.5")
    yield from _before_head(program, "tf.keras.layers.Lambda(lambda h: tf.nn.dropout(h, 0.3))")


@mutation("batch-dependent", "behaviour")
def batch_dependent(program: Program) -> Iterator[Plan]:
    yield from _always_training(program, "BatchNormalization")
    yield from _first_in_forward(program, NORMED)
    yield from _before_head(program, f"tf.keras.layers.Lambda(lambda h: {NORMED.format(x='h')})")


@mutation("ignores-input", "behaviour")
def ignores_input(program: Program) -> Iterator[Plan]:
    yield from _first_in_forward(program, "tf.zeros_like({x})")
    yield from _before_head(program, "tf.keras.layers.Rescaling(0.0)")
    for call in program.calls("Input"):
        statement = program.parent[call]
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            yield from _hidden_from_model(program, statement, statement.targets[0].id)


def _hidden_from_model(program: Program, statement: ast.Assign, images: str) -> Iterator[Plan]:
    """The functional model's first layer gets the images times zero."""
    for call in program.each(ast.Call):
        if last_name(call.func) != "Model" and call.args and last_name(call.args[0]) == images:
            yield program.around(call.args[0], "tf.keras.layers.Rescaling(0.0)(", ")")
            return


def _first_in_forward(program: Program, text: str) -> Iterator[Plan]:
    function = facts.forward(program)
    if function is None:
        return
    images = facts.forward_input(function)
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        first = function.body[1]
    yield program.line_before(first, f"{images} = {text.format(x=images)}")
