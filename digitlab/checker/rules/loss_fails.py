"""DL204 to DL207: labels, loss and model do not fit together."""

import ast
import traceback
from collections.abc import Iterator

from digitlab.base.findings import Finding
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rule import STUCK, WILD, WRONG_CLASS, Rule
from digitlab.checker.rules.output_wrong import wrong_shape
from digitlab.checker.where import line_in_stack, line_naming, quoted, step_line
from digitlab.programs.source import SourceFile, message_of

FORM = Rule(
    code="DL204",
    slug="one-hot-or-numbers",
    severity="error",
    title="the labels have the wrong format for this loss",
    why="A label is a class number (3) or a one-hot row (0 0 0 1 0 0 0 0 0 0), and each loss takes one of the two: "
    "sparse categorical cross-entropy takes numbers, categorical cross-entropy takes rows. Mixed up, most losses stop "
    "with an error about shapes; written by hand, labels * log(probabilities) uses the digit's value as a weight, and "
    "learns nonsense without an error.",
    wrong="model.compile('adam', 'categorical_crossentropy')\nmodel.fit(x_train, y_train)  # y_train: 5, 0, 4, …",
    right="model.compile('adam', 'sparse_categorical_crossentropy')\nmodel.fit(x_train, y_train)",
    explains=WRONG_CLASS | WILD | STUCK | {"wrong-metric"},
)
SWAPPED = Rule(
    code="DL205",
    slug="loss-arguments-swapped",
    severity="error",
    title="the loss gets predictions and labels in the wrong order",
    why="Keras' losses take the labels first. The other way round, the loss takes the logarithm of the labels, which "
    "are zero for all classes but one: it starts at about 14 and has a gradient that hardly depends on the prediction.",
    wrong="loss = loss_object(predictions, labels)",
    right="loss = loss_object(labels, predictions)",
    explains=WRONG_CLASS | WILD | STUCK,
)
LEAVES = Rule(
    code="DL207",
    slug="answer-leaves-tensorflow",
    severity="error",
    title="the prediction leaves TensorFlow before it reaches the loss",
    why="A tape records what TensorFlow computes, and differentiates that. model.predict and .numpy() give NumPy "
    "arrays: plain numbers without a history, so no gradient gets back to the weights. Use predict after the training.",
    wrong="with tf.GradientTape() as tape:\n    loss = loss_object(labels, model.predict(images))",
    right="with tf.GradientTape() as tape:\n    loss = loss_object(labels, model(images, training=True))",
    explains=STUCK | {"step-stops", "weights-not-trained"},
    needs_file=True,
)
STOPS = Rule(
    code="DL206",
    slug="step-stops",
    severity="error",
    title="the training stops with an error in its first step",
    why="Model, labels and loss have to fit together in shape and type. Usually it is the labels: class numbers "
    "where one-hot rows are expected, or the other way round.",
    wrong="loss = keras.losses.CategoricalCrossentropy()(labels, predictions)  # labels: 5, 0, 4, …",
    right="loss = keras.losses.SparseCategoricalCrossentropy()(labels, predictions)",
    explains={"weights-not-trained"},
    needs_file=True,
)


def check_form(seen: Observations) -> Finding | None:
    """The loss called with labels as they are fed; its values, where it takes them."""
    numbers = seen.steps.whole_labels
    if seen.steps.refused_labels is not None:
        line = line_naming(seen.subject, "loss", "compile", "CategoricalCrossentropy", "categorical_crossentropy")
        return _wrong_form(numbers, seen.steps.refused_labels, line)
    form = "class numbers" if numbers else "one-hot rows"
    match = seen.steps.loss
    if match is None or match.hypothesis != "numbers-as-weights":
        return None
    return FORM.finding(
        f"the loss is {match.observed:.2f} for {form}: the class number times the sum of all log probabilities",
        "convert the labels to one-hot rows: tf.one_hot(y_train, 10)",
        line=step_line(seen.subject),
    )


def _wrong_form(whole_labels: bool, complaint: str, line: int | None) -> Finding:
    form, other, loss = (
        ("class numbers", "one-hot rows: tf.one_hot(y_train, 10)", "sparse_categorical_crossentropy")
        if whole_labels
        else ("one-hot rows", "class numbers: y_train.argmax(axis=1)", "categorical_crossentropy")
    )
    return FORM.finding(
        f"labels are fed as {form}, and the loss stops with an error: {complaint}",
        f"give the loss {other}; or use {loss}",
        line=line,
    )


def check_swapped(seen: Observations) -> Finding | None:
    """The loss has the values of one that takes labels as predictions."""
    match = seen.steps.loss
    if match is None or match.hypothesis != "arguments-swapped":
        return None
    return SWAPPED.finding(
        f"the loss is {match.observed:.2f}, as with the logarithm of the labels; in the right order it is "
        f"{match.expected:.2f}",
        "labels first: loss_object(labels, predictions)",
        line=step_line(seen.subject),
    )


def check_leaves(seen: Observations) -> Finding | None:
    """No gradient in any step, and `predict` was called on the way, or NumPy inside the tape."""
    program, failed = seen.subject.program, seen.steps.failed
    gradients = [one.record.gradients for one in seen.steps.eager] or ([failed.gradients] if failed is not None else [])
    if program is None or not any(gradients) or any(one is not None for row in gradients for one in row):
        return None
    stacks = seen.probe.recorder.predicted_at
    predict = next((line for stack in stacks if (line := line_in_stack(seen.subject, stack))), None)
    line = predict or next(_lines_with_numpy(program.source.tree), None)
    if line is None:
        return None
    leaves = "model.predict gives NumPy arrays" if predict else "NumPy is used inside the tape"
    return LEAVES.finding(
        f"{leaves}, so none of {len(seen.probe.weights)} weights gets a gradient",
        f"call the model itself, model(images, training=True), and use only tf inside the tape: "
        f"{quoted(seen.subject, line)}",
        line=line,
    )


def _lines_with_numpy(tree: ast.Module) -> Iterator[int]:
    """The lines inside a tape that call `.numpy()` or a function of NumPy."""
    for node in (one for tape in _tapes(tree) for line in tape.body for one in ast.walk(line)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called.endswith(".numpy") or called.startswith(("np.", "numpy.")):
                yield node.lineno


def _tapes(tree: ast.Module) -> list[ast.With]:
    return [one for one in ast.walk(tree) if isinstance(one, ast.With) and "GradientTape" in ast.unparse(one.items[0])]


def check_stops(seen: Observations) -> Finding | None:
    """The program's own step, given what the program feeds it."""
    subject = seen.subject
    error = seen.probe.failures.get("step") if not seen.steps.eager and not seen.steps.as_run else None
    if error is None or subject.program is None or subject.step is None or subject.label_type is None:
        return None
    line = subject.program.source.line_of(error) or step_line(subject)
    form = "class numbers" if seen.steps.whole_labels else "one-hot rows"
    return STOPS.finding(
        message_of(error),
        f"fix {quoted(subject, line)}; labels are fed as {form}",
        line=line,
    )


def stopped_in_tape(source: SourceFile, error: BaseException | None, classes: int) -> Finding | None:
    """The program itself stops before its first gradient, in a line inside of a tape."""
    line = source.line_of(error) if error is not None else None
    inside = {number for tape in _tapes(source.tree) for number in range(tape.lineno, (tape.end_lineno or 0) + 1)}
    if error is None or line is None or line not in inside:
        return None
    labels, answers = _at_the_loss(error)
    if answers is not None and answers[1:] != (classes,):
        return wrong_shape(("batch", *answers[1:]), classes, line)
    if labels is not None and answers is not None and len(labels) == 1:
        return _wrong_form(True, message_of(error), line)
    return STOPS.finding(message_of(error), f"fix {source.place(line)}, `{source.quote(line)}`", line=line)


def _at_the_loss(error: BaseException) -> tuple[tuple[int, ...] | None, tuple[int, ...] | None]:
    """The shapes of labels and predictions where one of Keras' losses stopped; None where it was none of these."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        labels, answers = (getattr(frame.f_locals.get(name), "shape", None) for name in ("y_true", "y_pred"))
        if labels is not None and answers is not None:
            return tuple(labels), tuple(answers)
    return None, None
