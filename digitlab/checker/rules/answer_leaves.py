"""DL207: the model's answer leaves TensorFlow on its way to the loss."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from digitlab.checker.findings import STUCK, Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import line_on_the_way, quoted

RULE = Rule(
    code="DL207",
    slug="answer-leaves-tensorflow",
    severity="error",
    title="the model's answer leaves TensorFlow before it reaches the loss",
    why="A tape writes down what TensorFlow computes, and goes back along it. model.predict and .numpy() give NumPy "
    "arrays: plain numbers that do not know where they come from. From there no gradient gets back to the weights. "
    "predict is for answers after the training.",
    wrong="with tf.GradientTape() as tape:\n    loss = loss_object(labels, model.predict(images))",
    right="with tf.GradientTape() as tape:\n    loss = loss_object(labels, model(images, training=True))",
    explains=STUCK | {"step-stops", "weights-not-trained"},
)


def check(seen: Observations) -> Finding | None:
    """No gradient in any step, and on the way there `predict`, or NumPy inside of the tape."""
    steps, program = seen.steps_eagerly, seen.subject.program
    gradients = [one.record.gradients for one in steps] or ([seen.failed.gradients] if seen.failed is not None else [])
    if program is None or not any(gradients) or any(one is not None for row in gradients for one in row):
        return None
    asked = next((line for at in seen.recorder.asked_at if (line := line_on_the_way(seen.subject, at))), None)
    line = asked or next(_in_numpy(program.source.tree), None)
    if line is None:
        return None
    leaves = "model.predict leaves TensorFlow" if asked else "NumPy is no part of TensorFlow"
    return RULE.finding(
        f"{leaves}, so none of {len(seen.weights)} weights gets a gradient",
        f"call the model itself, model(images, training=True), and stay with tf inside the tape: "
        f"{quoted(seen.subject, line)}",
        line=line,
    )


def _in_numpy(tree: ast.Module) -> Iterator[int]:
    """The lines inside of a tape that call `.numpy()` or a function of NumPy."""
    tapes = [one for one in ast.walk(tree) if isinstance(one, ast.With) and "GradientTape" in ast.unparse(one.items[0])]
    for node in (one for tape in tapes for line in tape.body for one in ast.walk(line)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called.endswith(".numpy") or called.startswith(("np.", "numpy.")):
                yield node.lineno
