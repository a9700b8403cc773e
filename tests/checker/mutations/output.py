"""Mistakes at the end of the model: what comes out is not what the loss and the reader take it for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checker.mutations import facts, places
from tests.checker.mutations.program import Plan, Program, last_name
from tests.checker.mutations.registry import mutation


@mutation("softmax-twice-in-model", "output")
def softmax_twice_in_model(program: Program) -> Iterator[Plan]:
    kind = facts.answers(program)
    if kind == "probabilities":
        yield from _second_softmax(program)
    if kind == "logits" and facts.own_step(program) and next(program.calls(*facts.LOGIT_LOSSES), None):
        yield from places.on_answer(program, [places.SOFTMAX_LAYER], "tf.nn.softmax({})")
    # Keras repairs a softmax that it sees before its from_logits loss; behind a reshape it sees none.
    if kind == "logits" and not next(program.calls(*facts.LOGIT_LOSSES), None):
        made = [places.SOFTMAX_LAYER, f"tf.keras.layers.Reshape(({facts.CLASSES},))"]
        yield from places.on_answer(program, made, f"tf.reshape(tf.nn.softmax({{}}), [-1, {facts.CLASSES}])")


def _second_softmax(program: Program) -> Iterator[Plan]:
    yield from places.on_answer(program, [places.SOFTMAX_LAYER], "tf.nn.softmax({})")
    softmax_by_itself = [c for c in facts.output_softmaxes(program) if not facts.is_head(program, c)]
    for head in facts.heads(program):
        if softmax_by_itself and last_name(head.func) == "Dense" and facts.activation(head) is None:
            yield program.argument(head, "activation", '"softmax"')


@mutation("logits-as-probabilities", "output")
def logits_as_probabilities(program: Program) -> Iterator[Plan]:
    kind = facts.answers(program)
    if kind == "probabilities":
        yield from places.instead_of_softmax(program, None, "{}")
    for call in program.each(ast.Call) if kind == "logits" else ():
        yield from (program.without_argument(call, k) for k in call.keywords if k.arg == "from_logits")


@mutation("softmax-wrong-axis", "output")
def softmax_wrong_axis(program: Program) -> Iterator[Plan]:
    kind = facts.answers(program)
    for call in facts.output_softmaxes(program) if kind in ("probabilities", "log") else ():
        if last_name(call.func) in ("softmax", "log_softmax", "Softmax"):
            yield program.argument(call, "axis", "0")
        elif facts.is_head(program, call):
            given = facts.activation(call)
            yield program.instead(given, "lambda z: tf.nn.softmax(z, axis=0)") if given else []
    for call in program.calls("reduce_logsumexp") if kind == "log" else ():
        yield program.argument(call, "axis", "0")


@mutation("sigmoid-output", "output")
def sigmoid_output(program: Program) -> Iterator[Plan]:
    kind = facts.answers(program)
    if kind == "probabilities":
        yield from places.instead_of_softmax(program, "sigmoid", "tf.sigmoid({})")
    # Keras' own losses look through Keras' sigmoid, so that with from_logits=True nothing would be wrong in training.
    if kind == "logits" and (next(program.calls(*facts.LOGIT_LOSSES), None) or not facts.built(program)):
        yield from places.on_logits(program, 'tf.keras.layers.Activation("sigmoid")', "tf.sigmoid({})")


@mutation("relu-on-logits", "output")
def relu_on_logits(program: Program) -> Iterator[Plan]:
    if facts.answers(program) == "sigmoid":
        return
    yield from places.on_logits(program, "tf.keras.layers.ReLU()", "tf.nn.relu({})")


@mutation("dropout-on-logits", "output")
def dropout_on_logits(program: Program) -> Iterator[Plan]:
    # Only as a layer: that one is off when the model is used.  tf.nn.dropout is another mistake.
    if facts.answers(program) == "sigmoid" or not facts.built(program):
        return
    yield from places.on_logits(program, "tf.keras.layers.Dropout(0.4)", "tf.keras.layers.Dropout(0.4)({})")


@mutation("wrong-number-of-outputs", "output")
def wrong_number_of_outputs(program: Program) -> Iterator[Plan]:
    # With one-hot labels TensorFlow says so itself; with numbers too many outputs pass in silence.
    if facts.has(program, "one_hot", "to_categorical", "np.eye", "vectorized_result", "is_digit", "nll_loss"):
        return
    for head in facts.heads(program):
        for unit in (*head.args[:2], *(k.value for k in head.keywords if k.arg == "units")):
            if facts.number(program, unit) == facts.CLASSES:
                yield from (program.instead(unit, str(units)) for units in (11, 12, 16, 20, 100))


@mutation("wrong-rank", "output")
def wrong_rank(program: Program) -> Iterator[Plan]:
    """The step that makes one row of an image is forgotten: [batch, 28, 10] comes out.  TensorFlow refuses to train."""
    if not facts.built(program) or facts.has(program, "Conv2D"):
        return
    for call in program.calls("Flatten"):
        plan = places.taken_out(program, call)
        if plan and not call.args and not call.keywords:
            yield plan


@mutation("hard-output", "output")
def hard_output(program: Program) -> Iterator[Plan]:
    kind = facts.answers(program)
    if kind not in ("probabilities", "logits"):
        return
    answering = facts.forward(program)
    if answering is not None and any(a.arg == "training" for a in answering.args.args):
        # Learns with probabilities, and answers with the winner alone.
        yield from places.on_answer(program, [], "{} if training else tf.one_hot(tf.argmax({}, -1), 10)")
    elif kind == "probabilities":
        made = ["tf.keras.layers.Lambda(lambda p: tf.round(p))"]
        yield from places.on_answer(program, made, "tf.round({})")


@mutation("nan-output", "output")
def nan_output(program: Program) -> Iterator[Plan]:
    # A root of what is negative for many images, or a logarithm of it.
    for function in ("sqrt", "log"):
        made = f"tf.keras.layers.Lambda(lambda z: tf.math.{function}(z))"
        if facts.answers(program) != "sigmoid":
            yield from places.on_logits(program, made, f"tf.math.{function}({{}})")
