"""Mistakes in the step: what is learned, how fast, and whether at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checker.mutations import activations, facts
from tests.checker.mutations.program import Plan, Program, argument_of, constant, last_name
from tests.checker.mutations.registry import mutation

OPTIMIZERS = ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Nadam")
RATES = ("learning_rate", "lr", "eta", "rate")
# Adam and its kin make steps of the size of the rate, whatever the gradient is.
BY_SIZE = {"Adam": "adam", "RMSprop": "rmsprop", "Nadam": "nadam"}


def _rates(program: Program) -> Iterator[tuple[ast.AST, bool]]:
    """The learning rates of a program as literals, each with whether its optimizer divides by the gradient's size."""
    for call in program.calls(*OPTIMIZERS):
        yield from ((rate, last_name(call.func) != "SGD") for rate in _literal(argument_of(call, "learning_rate", 0)))
    yield from ((rate, False) for rate in _scheduled_or_passed(program))
    yield from ((rate, facts.has(program, "Adam(", '"Adam"')) for rate in _named(program))


def _scheduled_or_passed(program: Program) -> Iterator[ast.expr]:
    for call in program.calls("ExponentialDecay", "CosineDecay"):
        # One that warms up begins at zero.
        yield from (rate for rate in _literal(argument_of(call, "initial", 0)) if constant(rate) != 0.0)
    for call in program.calls("sgd", "train", "Trainer"):
        for name in RATES:
            yield from _literal(argument_of(call, name))


def _named(program: Program) -> Iterator[ast.expr]:
    for statement in program.each(ast.Assign):
        if any(last_name(target) in RATES for target in statement.targets):
            yield from _literal(statement.value)
        yield from _of_tuples(statement)
    for node in program.each(ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if constant(key) in RATES:
                yield from _literal(value)


def _literal(node: ast.expr | None) -> Iterator[ast.expr]:
    if isinstance(constant(node), float) and node is not None:
        yield node


def _of_tuples(statement: ast.Assign) -> Iterator[ast.expr]:
    """`batch_size, lr = 256, 0.5`."""
    target, value = statement.targets[0], statement.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for name, given in zip(target.elts, value.elts, strict=False):
            if last_name(name) in RATES:
                yield from _literal(given)


def _new_rates(program: Program, by_gradient: tuple[str, ...], by_size: tuple[str, ...]) -> Iterator[Plan]:
    for node, adaptive in _rates(program):
        yield from (program.instead(node, rate) for rate in (by_size if adaptive else by_gradient))
    for text in program.each(ast.Constant):
        for name, word in BY_SIZE.items():
            if text.value == word:
                made = f"tf.keras.optimizers.{name}(learning_rate={{}})"
                yield from (program.instead(text, made.format(rate)) for rate in by_size)
    for call in program.calls("Adam", "RMSprop"):
        if not call.args and not call.keywords:
            yield from (program.argument(call, "learning_rate", rate) for rate in by_size)
    yield from _by_hand(program, by_gradient)


def _by_hand(program: Program, rates: tuple[str, ...]) -> Iterator[Plan]:
    """`W.assign_sub(0.5 * dW)`, and a rate that is given with the call of the step."""
    products = [c.args[0] for c in program.calls("assign_sub") if c.args]
    literal = [p.left for p in products if isinstance(p, ast.BinOp) and isinstance(constant(p.left), float)]
    for rate in rates if literal else ():
        yield [edit for node in literal for edit in program.instead(node, rate)]
    for call in program.calls("train", "train_step"):
        last = call.args[-1] if call.args else None
        if isinstance(last, ast.Call) and last_name(last.func) == "constant":
            last = last.args[0]
        if isinstance(constant(last), float) and last is not None:
            yield from (program.instead(last, rate) for rate in rates)


@mutation("learning-rate-too-high", "learning")
def learning_rate_too_high(program: Program) -> Iterator[Plan]:
    yield from _new_rates(program, ("100.0", "1000.0"), ("1.0", "10.0"))


@mutation("learning-rate-too-low", "learning")
def learning_rate_too_low(program: Program) -> Iterator[Plan]:
    yield from _new_rates(program, ("1e-7", "1e-8"), ("1e-8", "1e-9"))


@mutation("no-gradient", "learning")
def no_gradient(program: Program) -> Iterator[Plan]:
    yield from _variables_left_out(program)
    # Own updates by assign_sub would raise at a gradient of None; Keras' optimizers go on with a warning.
    if facts.own_step(program) and facts.has(program, "optimizer", "opt."):
        for site in activations.hidden(program):
            if site.kind == "function":
                yield program.around(site.call, "tf.stop_gradient(", ")")


def _variables_left_out(program: Program) -> Iterator[Plan]:
    variables = [n for n in program.each(ast.Attribute) if n.attr in ("trainable_variables", "trainable_weights")]
    if facts.own_step(program) and len(variables) >= 2 and facts.has_hidden_layer(program):
        for part in ("[2:]", "[-2:]", "[:2]"):
            yield [edit for node in variables for edit in program.around(node, "", part)]
    for statement in program.each(ast.Assign):
        if last_name(statement.targets[0]) in ("params", "all_variables") and isinstance(statement.value, ast.List):
            yield program.without_element(statement.value, statement.value.elts[0])
        if program.text(statement.value) in ("weights + biases", "self.biases + self.weights"):
            yield from (program.around(statement.value, "(", f"){part}") for part in ("[1:]", "[3:]"))


@mutation("never-updates", "learning")
def never_updates(program: Program) -> Iterator[Plan]:
    """The gradients are there, and nothing is done with them."""
    for name in ("apply_gradients", "apply", "sgd", "updater", "apply_sums"):
        for call in program.calls(name):
            statement = program.parent[call]
            in_step = isinstance(call.func, ast.Attribute) or name != "apply"
            if isinstance(statement, ast.Expr) and in_step and not facts.has(program, "net.sgd("):
                yield program.instead(statement, "pass")
    for call in program.calls("assign_sub"):
        # The difference is computed, and not stored.
        if isinstance(call.func, ast.Attribute) and call.args:
            yield [e for c in program.calls("assign_sub") for e in _difference(program, c)]


def _difference(program: Program, call: ast.Call) -> Plan:
    assert isinstance(call.func, ast.Attribute)
    return program.instead(call, f"{program.text(call.func.value)} - {program.text(call.args[0])}")


@mutation("train-step-without-training-flag", "learning")
def train_step_without_training_flag(program: Program) -> Iterator[Plan]:
    if not facts.own_step(program) or not facts.has(program, "Dropout", "BatchNormalization"):
        return
    for call in program.each(ast.Call):
        for keyword in call.keywords:
            if keyword.arg == "training" and constant(keyword.value) is True:
                yield program.instead(keyword.value, "False")
                yield program.without_argument(call, keyword)
