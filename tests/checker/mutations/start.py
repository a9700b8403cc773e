"""Mistakes in the weights that training starts from, and in the depth that they have to carry."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checker.mutations import activations, facts
from tests.checker.mutations.program import Plan, Program, last_name
from tests.checker.mutations.registry import mutation

KERNELS = ("Dense", "Conv2D")
RANDOM = ("normal", "uniform", "truncated_normal")


def _all_kernels(program: Program, initializer: str) -> Plan:
    """The same initial value for every weight of every layer."""
    name = "kernel_initializer"
    return [e for call in program.calls(*KERNELS) for e in program.argument(call, name, initializer)]


def _drawn(program: Program) -> Iterator[ast.Call]:
    """`tf.random.normal(shape, ...)` as the first value of a weight."""
    for call in program.calls(*RANDOM):
        if "random" in program.text(call.func) and "Variable" in program.text(program.statement(call)):
            yield call


def _with_scale(program: Program, call: ast.Call) -> ast.expr:
    """`normal(shape) * sigma` as a whole."""
    parent = program.parent[call]
    return parent if isinstance(parent, ast.BinOp) else call


def _all_drawn(program: Program, value: str) -> Plan:
    plan = []
    for call in _drawn(program):
        if call.args:
            shape = program.text(call.args[0])
            plan += program.instead(_with_scale(program, call), value.format(shape=shape))
    return plan


def _plain(program: Program) -> bool:
    """Hidden layers one behind the other, each with its own kernel to start from."""
    apart = ("LSTM", "GRU", "Depthwise", "Separable", "add_weight", "np.random.randn", "rng.normal", "Multiply")
    return facts.has_hidden_layer(program) and not facts.residual(program) and not facts.has(program, *apart)


@mutation("zero-start-hidden", "start")
def zero_start_hidden(program: Program) -> Iterator[Plan]:
    if not _plain(program):
        return
    yield _all_kernels(program, '"zeros"')
    if facts.has(program, "tf.Variable"):
        yield _all_drawn(program, "tf.zeros({shape})")
    for site in activations.hidden(program):
        # A ReLU at zero lets no gradient through, so that one such layer is enough.
        if site.kind == "argument" and site.name == "relu" and last_name(site.call.func) in KERNELS:
            yield program.argument(site.call, "kernel_initializer", '"zeros"')


@mutation("constant-start-hidden", "start")
def constant_start_hidden(program: Program) -> Iterator[Plan]:
    # Dropout makes units differ after a while, so there it's no more than a slow start.
    if not _plain(program) or facts.has(program, "dropout"):
        return
    for value in ("0.01", "0.05"):
        yield _all_kernels(program, f"tf.keras.initializers.Constant({value})")
        if facts.has(program, "tf.Variable"):
            yield _all_drawn(program, f"tf.fill({{shape}}, {value})")


@mutation("huge-start", "start")
def huge_start(program: Program) -> Iterator[Plan]:
    if facts.answers(program) == "sigmoid":
        return
    for head in facts.heads(program):
        if last_name(head.func) == "Dense":
            yield program.argument(head, "kernel_initializer", "tf.keras.initializers.RandomNormal(stddev=10.0)")
    # tf.random.normal without a deviation draws with 1.
    plan = _all_drawn(program, "tf.random.normal({shape})")
    yield plan if facts.has(program, "stddev", "sigma") else []


def _deeper(program: Program, layers: str, function: str) -> Iterator[Plan]:
    """More layers before the last one."""
    if facts.has(program, 'name="dense_'):
        return  # the names that Keras gives would meet these
    for head in facts.heads(program):
        parent = program.parent[head]
        if isinstance(parent, ast.List) and last_name(head.func) == "Dense":
            yield program.around(head, f"*[{layers} for _ in range(12)], ", "")
        if isinstance(parent, ast.Call) and parent.func is head and isinstance(parent.args[0], ast.Name):
            name, statement = parent.args[0].id, program.statement(head)
            yield program.line_before(statement, "for _ in range(12):", f"    {name} = {layers}({name})")
    sequences: list[ast.List | ast.Tuple] = [*program.each(ast.List), *program.each(ast.Tuple)]
    for node in sequences:
        if function and facts.is_list_of_widths(program, node):
            wide = ", ".join(str(size) for size in [784, *[64] * 12, 10])
            yield [*program.instead(node, f"[{wide}]"), *_all_list_scales(program, function)]


def _all_list_scales(program: Program, scale: str) -> Plan:
    for call in _drawn(program):
        for keyword in call.keywords:
            if keyword.arg == "stddev":
                return program.instead(keyword.value, scale)
    for call in program.calls("normal"):
        if "rng" in program.text(call.func):
            return program.instead(call.args[1], scale)
    return []


@mutation("vanishing", "start")
def vanishing(program: Program) -> Iterator[Plan]:
    yield from _deeper(program, 'tf.keras.layers.Dense(64, activation="sigmoid")', "0.01")
    small = "kernel_initializer=tf.keras.initializers.RandomNormal(stddev=0.01)"
    yield from _deeper(program, f'tf.keras.layers.Dense(64, activation="relu", {small})', "")


@mutation("exploding", "start")
def exploding(program: Program) -> Iterator[Plan]:
    large = "kernel_initializer=tf.keras.initializers.RandomNormal(stddev=1.0)"
    scale = "" if facts.has(program, "tanh", "sigmoid") else "1.0"
    yield from _deeper(program, f'tf.keras.layers.Dense(64, activation="relu", {large})', scale)


@mutation("dead-relus", "start")
def dead_relus(program: Program) -> Iterator[Plan]:
    # A dead layer before a gate leaves the gate half open, and the network learns.
    gated = facts.has(program, "Multiply")
    for site in activations.hidden(program):
        if site.kind == "argument" and site.name == "relu" and not facts.residual(program) and not gated:
            yield program.argument(site.call, "bias_initializer", "tf.keras.initializers.Constant(-20.0)")
    for call in program.calls("zeros") if facts.has(program, "tf.nn.relu", "maximum") else ():
        yield from _negative_bias(program, call)


def _negative_bias(program: Program, call: ast.Call) -> Iterator[Plan]:
    parent = program.parent[call]
    text = program.text(call)
    hidden = not facts.has(program, "tf.module") and "10" not in text and "outputs" not in text
    if isinstance(parent, ast.Call) and last_name(parent.func) == "Variable" and hidden:
        shape = program.text(call.args[0])
        whole = shape if shape.startswith(("[", "(")) else f"[{shape}]"
        yield program.instead(call, f"tf.fill({whole}, -20.0)")
