"""Mistakes in how layers are put together."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checker.mutations import activations, facts, places
from tests.checker.mutations.program import Plan, Program, constant, last_name
from tests.checker.mutations.registry import mutation

# What isn't linear by itself: without activations such a network is still more than one matrix.
CURVED = ("MaxPool", "max_pool", "LSTM", "GRU", "Attention", "LayerNorm", "Multiply", "Maxout", "GlobalMax")


@mutation("no-nonlinearity", "structure")
def no_nonlinearity(program: Program) -> Iterator[Plan]:
    found = list(activations.hidden(program))
    if facts.answers(program) == "sigmoid" and facts.forward(program):
        return  # the output's own bend would go too
    if found and not facts.has(program, *CURVED):
        yield [edit for site in found for edit in activations.removed(program, site)]
    for site in found:
        if facts.has(program, "Multiply"):
            return
        if _joins_dense_layers(program, site):
            yield activations.removed(program, site)


def _joins_dense_layers(program: Program, site: activations.Site) -> bool:
    if site.kind == "argument":
        # Around a residual block with its normalisation it's more than a stack of two.
        held = isinstance(program.parent[site.call], ast.Assign) and facts.residual(program)
        return last_name(site.call.func) == "Dense" and not held and facts.dense_then_dense(program, site.call)
    if site.kind == "function":
        inside = program.text(site.call)
        return ("fc" in inside or "matmul" in inside) and "pool" not in inside.split("(", 2)[1]
    return False


@mutation("hidden-softmax", "structure")
def hidden_softmax(program: Program) -> Iterator[Plan]:
    for site in activations.hidden(program):
        yield activations.replaced(program, site, "softmax")


@mutation("bottleneck", "structure")
def bottleneck(program: Program) -> Iterator[Plan]:
    last = _last_hidden(program)
    for units in ("1", "2"):
        if last is not None and not facts.residual(program):
            yield program.instead(last, units)
    sequences: list[ast.List | ast.Tuple] = [*program.each(ast.List), *program.each(ast.Tuple)]
    for widths in sequences if not facts.heads(program) else ():
        yield from _narrow(program, widths)


def _last_hidden(program: Program) -> ast.expr | None:
    """The width of the last hidden layer, as a number or as the number that its name was given."""
    layers = [c for c in program.calls("Dense", "LSTM") if c.args and not facts.is_head(program, c)]
    if not layers or not facts.heads(program):
        return None
    width = layers[-1].args[0]
    if isinstance(width, ast.Name):
        width = _assigned(program, width.id) or width
    return width if isinstance(constant(width), int) else None


def _assigned(program: Program, name: str) -> ast.expr | None:
    for statement in program.each(ast.Assign):
        if any(last_name(target) == name for target in statement.targets):
            return statement.value
    for function in program.each(ast.FunctionDef):
        given = function.args.defaults
        names = [a.arg for a in function.args.args][-len(given) :] if given else []
        if name in names:
            return given[names.index(name)]
    return None


def _narrow(program: Program, node: ast.List | ast.Tuple) -> Iterator[Plan]:
    sizes = [constant(element) for element in node.elts]
    if len(sizes) > 2 and sizes[0] == 784 and sizes[-1] == facts.CLASSES:
        yield from (program.instead(node.elts[-2], units) for units in ("1", "2"))


@mutation("unused-layer", "structure")
def unused_layer(program: Program) -> Iterator[Plan]:
    """Made, and then forgotten where the layers are called."""
    for statement in program.each(ast.Assign):
        target = statement.targets[0]
        if not isinstance(statement.value, ast.Call) or not isinstance(target, ast.Attribute):
            continue
        if _spared(program, statement.value):
            yield [e for call in places.uses(program, target) for e in program.unwrapped(call)]
    yield from _results_unused(program)


def _spared(program: Program, layer: ast.Call) -> bool:
    """Whether the program still runs without this layer: its shapes fit, and ten numbers come out."""
    if last_name(layer.func) in ("Dropout", "SpatialDropout2D", "BatchNormalization", "LayerNormalization"):
        return True
    fits = not facts.residual(program) and not facts.has(program, "Multiply")
    return last_name(layer.func) == "Dense" and fits and not facts.is_head(program, layer)


def _results_unused(program: Program) -> Iterator[Plan]:
    """`x = Dense(64)(x)`, where the result goes to another name and the next layer still takes x."""
    for statement in program.each(ast.Assign):
        target, value = statement.targets[0], statement.value
        if not isinstance(target, ast.Name) or not isinstance(value, ast.Call) or not isinstance(value.func, ast.Call):
            continue
        same = bool(value.args) and last_name(value.args[0]) == target.id
        if same and _spared(program, value.func):
            yield program.instead(target, f"{target.id}2")


@mutation("layer-made-in-call", "structure")
def layer_made_in_call(program: Program) -> Iterator[Plan]:
    """`self.hidden(x)` becomes `Dense(100)(x)`: new weights each time that the model is asked."""
    for statement in program.each(ast.Assign):
        target = statement.targets[0]
        if not isinstance(statement.value, ast.Call) or not isinstance(target, ast.Attribute):
            continue
        if last_name(statement.value.func) not in ("Dense", "Conv2D"):
            continue
        made = _without_parameters(program, statement.value)
        calls = list(places.uses(program, target))
        if made and calls:
            yield [edit for call in calls for edit in program.instead(call.func, made)]


def _without_parameters(program: Program, layer: ast.Call) -> str | None:
    """The text that makes the layer, with the numbers that the constructor was given by default."""
    text = program.text(layer)
    for name in {n.id for n in program.each(ast.Name, layer)} & {"hidden", "width", "classes", "units"}:
        value = _assigned(program, name)
        if value is None:
            return None
        text = text.replace(f"({name}", f"({program.text(value)}")
    return text if not {"n", "expand"} & {n.id for n in program.each(ast.Name, layer)} else None


@mutation("frozen-weights", "structure")
def frozen_weights(program: Program) -> Iterator[Plan]:
    for call in program.calls("Dense", "Conv2D", "LSTM", "SeparableConv2D"):
        yield program.argument(call, "trainable", "False")
    for call in program.calls("Variable"):
        # A list of variables by hand would hand None to assign_sub; tf.Module finds what can be trained.
        if facts.has(program, "network.trainable_variables"):
            yield program.argument(call, "trainable", "False")


@mutation("shared-by-accident", "structure")
def shared_by_accident(program: Program) -> Iterator[Plan]:
    yield from _multiplied_list(program)
    yield from _one_attribute_for_two(program)
    yield from _same_layer_twice(program)


def _multiplied_list(program: Program) -> Iterator[Plan]:
    """`[Block() for _ in range(3)]` becomes `[Block()] * 3`."""
    for node in program.each(ast.ListComp):
        over = node.generators[0].iter
        layers = isinstance(node.elt, ast.Call) and last_name(node.elt.func)[:1].isupper()
        if layers and isinstance(over, ast.Call) and last_name(over.func) == "range":
            yield program.instead(node, f"[{program.text(node.elt)}] * {program.text(over.args[0])}")


def _one_attribute_for_two(program: Program) -> Iterator[Plan]:
    made: dict[str, ast.expr] = {}
    for statement in program.each(ast.Assign):
        target, value = statement.targets[0], statement.value
        if not isinstance(target, ast.Attribute) or not isinstance(value, ast.Call):
            continue
        # Batch normalisation after another number of filters couldn't be shared.
        if last_name(value.func) not in ("LayerNormalization", "Conv2D"):
            continue
        first = made.setdefault(program.text(value), target)
        if first is not target:
            yield [e for c in places.uses(program, target) for e in program.instead(c.func, program.text(first))]


def _same_layer_twice(program: Program) -> Iterator[Plan]:
    """Two hidden layers were wanted in a functional model; it's one, called twice."""
    for statement in program.each(ast.Assign):
        target, value = statement.targets[0], statement.value
        if not isinstance(target, ast.Name) or not isinstance(value, ast.Call) or not isinstance(value.func, ast.Call):
            continue
        layer = value.func
        if last_name(layer.func) != "Dense" or facts.is_head(program, layer) or not facts.activation(layer):
            continue
        if isinstance(constant(layer.args[0]), int) and "name" not in {k.arg for k in layer.keywords}:
            again = [f"same = {program.text(layer)}", f"{target.id} = same({target.id})"]
            yield program.line_after(statement, *again, again[1])
