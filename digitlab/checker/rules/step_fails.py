"""DL206 and DL207: the first step stops, or its loss is cut off from the model."""

import ast
from collections.abc import Iterator

from digitlab.checker.findings import STUCK, Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import line_on_the_way, quoted, step_line
from digitlab.programs.source import said

LEAVES = Rule(
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


def check_leaves(seen: Observations) -> Finding | None:
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
    return LEAVES.finding(
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


STOPS = Rule(
    code="DL206",
    slug="step-stops",
    severity="error",
    title="the training stops with an error in its first step",
    why="Model, labels and loss have to fit together in shape and type. Mostly it is the labels: class numbers "
    "where one-hot rows are expected, or the other way round.",
    wrong="loss = keras.losses.CategoricalCrossentropy()(labels, predictions)  # labels: 5, 0, 4, …",
    right="loss = keras.losses.SparseCategoricalCrossentropy()(labels, predictions)",
    explains={"weights-not-trained"},
)


def check_stops(seen: Observations) -> Finding | None:
    """The program's own step, given what the program feeds it."""
    subject = seen.subject
    error = seen.failures.get("step") if not seen.steps_eagerly and not seen.steps_as_run else None
    if error is None or subject.program is None or subject.step is None or subject.label_type is None:
        return None
    line = subject.program.source.line_of(error) or step_line(subject)
    return STOPS.finding(
        said(error),
        f"mend {quoted(subject, line)}; labels are fed as {'class numbers' if seen.whole_labels else 'one-hot rows'}",
        line=line,
    )
