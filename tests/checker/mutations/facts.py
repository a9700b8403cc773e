"""What a mutation must know of a program: how its answers are made, where its layers are, what stands after what."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.checker.mutations.program import Program, argument_of, constant, last_name

LOGIT_LOSSES = ("sparse_softmax_cross_entropy_with_logits", "softmax_cross_entropy_with_logits")
KERAS_LOSSES = (
    "CategoricalCrossentropy",
    "SparseCategoricalCrossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
)
SOFTMAX_FUNCTIONS = ("softmax", "log_softmax")
# The function that answers, in programs that build no Sequential or functional model.
FORWARD = ("call", "__call__", "forward", "network", "deepnn", "feedforward", "model", "apply", "predict")
WEIGHTED = ("Dense", "Linear", "Conv2D", "SeparableConv2D", "DepthwiseConv2D", "LSTM", "GRU")
CLASSES = 10
BENDS = ("relu", "tanh", "gelu", "elu", "sigmoid", "lstm", "gru", "maxout", "maximum", "swish", 'cfg["activation')


def number(program: Program, node: ast.AST | None) -> int | None:
    """The integer that an expression is, looked up by its name where it's given one."""
    if isinstance(node, ast.Name):
        return _named(program).get(node.id)
    value = constant(node)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _named(program: Program) -> dict[str, int]:
    return {name: int(value) for name, value in re.findall(r"\b(\w*classes) ?= ?(\d+)", program.source)}


def is_head(program: Program, call: ast.Call) -> bool:
    """Whether the call makes the last linear layer, the one with ten units."""
    if last_name(call.func) not in ("Dense", "Linear"):
        return False
    units = [*call.args[:2], *(k.value for k in call.keywords if k.arg == "units")]
    return any(number(program, unit) == CLASSES for unit in units)


def heads(program: Program) -> list[ast.Call]:
    return [call for call in program.each(ast.Call) if is_head(program, call)]


def activation(call: ast.Call) -> ast.expr | None:
    """What is given to a layer as its activation."""
    position = 1 if last_name(call.func) == "Dense" else None
    return argument_of(call, "activation", position)


def activation_name(call: ast.Call) -> str:
    """`relu` for "relu" and for tf.nn.relu."""
    given = activation(call)
    value = constant(given)
    return value if isinstance(value, str) else last_name(given) if given is not None else ""


def is_list_of_widths(program: Program, node: ast.List | ast.Tuple) -> bool:
    """`[784, 200, 80, 10]`, as a whole; not where each number gets a name of its own."""
    sizes = [constant(element) for element in node.elts]
    parent = program.parent[node]
    unpacked = isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Tuple)
    return len(sizes) > 2 and sizes[0] == 784 and sizes[-1] == CLASSES and not unpacked


def answers(program: Program) -> str:
    """What the model gives: probabilities, logits, log (of probabilities), or sigmoid."""
    from_logits = any(
        k.arg == "from_logits" and constant(k.value) is True for c in program.each(ast.Call) for k in c.keywords
    )
    if from_logits or next(program.calls(*LOGIT_LOSSES), None):
        return "logits"
    if next(program.calls("log_softmax", "reduce_logsumexp"), None):
        return "log"
    return "probabilities" if "softmax" in program.source.lower() and output_softmaxes(program) else "sigmoid"


def output_softmaxes(program: Program) -> list[ast.Call]:
    """The calls that make probabilities: Dense(10, "softmax"), Softmax(), Activation("softmax"), tf.nn.softmax(x)."""
    return [call for call in program.each(ast.Call) if _makes_probabilities(program, call)]


def _makes_probabilities(program: Program, call: ast.Call) -> bool:
    name = last_name(call.func)
    if name in SOFTMAX_FUNCTIONS or name == "Softmax":
        return True
    if name == "Activation":
        return constant(call.args[0] if call.args else None) == "softmax"
    return is_head(program, call) and activation_name(call) == "softmax"


def built(program: Program) -> bool:
    """Whether a Sequential or functional model is the network, not a function or a class."""
    functional = any(len(call.args) + len(call.keywords) >= 2 for call in program.calls("Model"))
    return functional or any(True for _ in program.calls("Sequential"))


def forward(program: Program) -> ast.FunctionDef | None:
    """The function that answers, in programs that don't build their model from layers only."""
    if built(program):
        return None
    functions = [f for f in program.each(ast.FunctionDef) if f.name in FORWARD]
    return functions[-1] if functions else None


def forward_input(function: ast.FunctionDef) -> str:
    """The name of the images in it."""
    names = [argument.arg for argument in function.args.args if argument.arg not in ("self", "layers", "training")]
    return names[0]


def returned(program: Program, function: ast.FunctionDef) -> Iterator[ast.expr]:
    for statement in program.each(ast.Return, function):
        if statement.value is not None:
            yield statement.value


def has(program: Program, *words: str) -> bool:
    """Whether one of the words occurs in the code, outside the docstring."""
    doc = ast.get_docstring(program.tree, clean=False) or ""
    code = program.source.replace(doc, "", 1).lower()
    return any(word.lower() in code for word in words)


def has_hidden_layer(program: Program) -> bool:
    """Softmax regression is the one network without."""
    return has(program, *BENDS)


def standardises(program: Program) -> bool:
    """Whether images are brought to mean 0 and deviation 1, so that their scale before doesn't count."""
    return has(program, "normalization(axis", "x_train.std()", "np.std(")


def scale_free(program: Program) -> bool:
    """Whether batch normalisation follows the first linear layer, which takes any scale out again."""
    if standardises(program):
        return True
    layers = [c for c in program.each(ast.Call) if last_name(c.func) in (*WEIGHTED, "BatchNormalization")]
    return [last_name(call.func) for call in layers[:2]][1:] == ["BatchNormalization"] or has(program, "self.bn1")


def residual(program: Program) -> bool:
    """Whether something is carried around a layer."""
    return has(program, "Add()", "return x + ", "x = x + ", "state + self.block")


def own_step(program: Program) -> bool:
    return has(program, "GradientTape")


def dense_then_dense(program: Program, call: ast.Call) -> bool:
    """Whether the next layer that isn't dropout, normalisation or reshape is Dense, and in the same place."""
    transparent = ("Dropout", "AlphaDropout", "BatchNormalization", "Flatten", "Reshape", "Input", "Softmax")
    # Capital letters: classes, which here are layers.
    later = [
        other
        for other in program.each(ast.Call)
        if other.lineno >= call.lineno
        and other is not call
        and program.span(other)[0] > program.span(call)[0]
        and last_name(other.func)[:1].isupper()
        and last_name(other.func) not in transparent
    ]
    if not later or last_name(later[0].func) not in ("Dense", "Linear"):
        return False
    return program.function(later[0]) is program.function(call)
