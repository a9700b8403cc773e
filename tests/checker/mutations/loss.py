"""Mistakes between the model and its loss."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checker.mutations import facts
from tests.checker.mutations.program import Plan, Program, argument_of, constant, last_name
from tests.checker.mutations.registry import mutation

SPARSE = "tf.nn.sparse_softmax_cross_entropy_with_logits"
ONE_HOT = "tf.nn.softmax_cross_entropy_with_logits"


@mutation("softmax-twice-in-loss", "loss")
def softmax_twice_in_loss(program: Program) -> Iterator[Plan]:
    # With from_logits=True Keras would see the softmax, warn and repair: these losses don't look.
    if facts.answers(program) != "probabilities":
        return
    for call in program.calls(*(name for name in facts.KERAS_LOSSES if name[0].isupper())):
        sparse = last_name(call.func).startswith("Sparse")
        yield program.instead(call, _with_logits(sparse))
    for text in program.each(ast.Constant):
        if text.value in facts.KERAS_LOSSES:
            yield program.instead(text, _with_logits("sparse" in str(text.value)))
    yield from _own_losses(program)


def _with_logits(sparse: bool) -> str:
    """A loss in the way that is found in many answers on the web."""
    if sparse:
        labels = "tf.cast(tf.reshape(labels, [-1]), tf.int32)"
        return f"lambda labels, outputs: tf.reduce_mean({SPARSE}(labels={labels}, logits=outputs))"
    return f"lambda labels, outputs: tf.reduce_mean({ONE_HOT}(labels=labels, logits=outputs))"


def _own_losses(program: Program) -> Iterator[Plan]:
    """`-mean(sum(y * log(p)))`, replaced by the function of tf.nn that wants logits."""
    for function in program.each(ast.FunctionDef):
        values = list(facts.returned(program, function))
        names = [argument.arg for argument in function.args.args]
        if len(values) == 1 and len(names) == 2 and "log(" in program.text(values[0]):
            labels, outputs = names
            yield program.instead(values[0], f"tf.reduce_mean({ONE_HOT}(labels={labels}, logits={outputs}))")


@mutation("logits-as-probabilities-in-loss", "loss")
def logits_as_probabilities_in_loss(program: Program) -> Iterator[Plan]:
    """The loss that wants logits is changed for the one that wants probabilities."""
    for call in program.calls(*facts.LOGIT_LOSSES):
        labels, logits = argument_of(call, "labels", 0), argument_of(call, "logits", 1)
        name = "sparse_categorical_crossentropy" if "sparse" in last_name(call.func) else "categorical_crossentropy"
        if labels and logits:
            made = f"tf.keras.losses.{name}({program.text(labels)}, {program.text(logits)})"
            yield program.instead(call, made)
    for call in program.calls("SparseCategoricalCrossentropy") if facts.answers(program) == "logits" else ():
        if any(last_name(c.func) == "compile" for c in program.each(ast.Call)):
            yield program.instead(call, '"sparse_categorical_crossentropy"')


@mutation("one-hot-against-sparse", "loss")
def one_hot_against_sparse(program: Program) -> Iterator[Plan]:
    """Labels as numbers with the loss for one-hot rows, or the other way round.  TensorFlow mostly refuses."""
    swap = {"CategoricalCrossentropy": "SparseCategoricalCrossentropy"}
    swap |= {"categorical_crossentropy": "sparse_categorical_crossentropy"}
    swap |= {new: old for old, new in swap.items()}
    for call in program.calls(*swap):
        old = last_name(call.func)
        if not any(k.arg == "label_smoothing" for k in call.keywords):
            text = program.text(call.func)
            yield program.instead(call.func, text.removesuffix(old) + swap[old])
    for text_node in program.each(ast.Constant):
        if constant(text_node) in swap:
            yield program.instead(text_node, f'"{swap[str(text_node.value)]}"')
