"""DL204 to DL207: labels, loss and model do not fit together."""

import ast
import traceback
from collections.abc import Iterator

from digitlab.checker.findings import STUCK, WILD, WRONG_CLASS, Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rules.output_wrong import wrong_shape
from digitlab.checker.where import line_naming, line_on_the_way, quoted, step_line
from digitlab.programs.source import SourceFile, said

FORM = Rule(
    code="DL204",
    slug="one-hot-or-numbers",
    severity="error",
    title="the loss does not take labels in the form in which they are fed",
    why="A label is a class number (3) or a one-hot row (0 0 0 1 0 0 0 0 0 0), and each loss takes one of the "
    "two: sparse categorical cross-entropy numbers, categorical cross-entropy rows. Mixed up, most losses "
    "stop with an error about shapes; written by hand, labels * log(probabilities) takes the digit's value "
    "for a weight, and learns nonsense without a word.",
    wrong="model.compile('adam', 'categorical_crossentropy')\nmodel.fit(x_train, y_train)  # y_train: 5, 0, 4, …",
    right="model.compile('adam', 'sparse_categorical_crossentropy')\nmodel.fit(x_train, y_train)",
    explains=WRONG_CLASS | WILD | STUCK | {"wrong-metric"},
)
SWAPPED = Rule(
    code="DL205",
    slug="loss-arguments-swapped",
    severity="error",
    title="the loss gets predictions and labels in the wrong order",
    why="Keras' losses take the labels first. The other way round, the logarithm is taken of the labels, where it "
    "is that of zero for all classes but one: the loss starts at about 14 and has a gradient that hardly "
    "depends on the answer.",
    wrong="loss = loss_object(predictions, labels)",
    right="loss = loss_object(labels, predictions)",
    explains=WRONG_CLASS | WILD | STUCK,
)


def check_form(seen: Observations) -> Finding | None:
    """The loss called with labels as they are fed; its values, where it takes them."""
    form = "class numbers" if seen.whole_labels else "one-hot rows"
    if seen.refused_labels is not None:
        line = line_naming(seen.subject, "loss", "compile", "CategoricalCrossentropy", "categorical_crossentropy")
        return _wrong_form(seen.whole_labels, seen.refused_labels, line)
    fit = seen.fit_as_run or seen.fit_eagerly
    if fit is None or fit.hypothesis != "numbers-as-weights":
        return None
    return FORM.finding(
        f"the loss is {fit.observed:.2f} for {form}, what comes out when a class number is multiplied with the "
        "logarithms of all probabilities",
        "make one-hot rows of the labels: tf.one_hot(y_train, 10)",
        line=step_line(seen.subject),
    )


def _wrong_form(whole_labels: bool, complaint: str, line: int | None) -> Finding:
    form, other, loss = (
        ("class numbers", "one-hot rows: tf.one_hot(y_train, 10)", "sparse_categorical_crossentropy")
        if whole_labels
        else ("one-hot rows", "class numbers: y_train.argmax(axis=1)", "categorical_crossentropy")
    )
    return FORM.finding(
        f"labels are fed as {form}, and the loss stops at them: {complaint}",
        f"give the loss {other}; or use {loss}",
        line=line,
    )


def check_swapped(seen: Observations) -> Finding | None:
    """The loss has the values of one that took labels for predictions."""
    fit = seen.fit_as_run or seen.fit_eagerly
    if fit is None or fit.hypothesis != "arguments-swapped":
        return None
    return SWAPPED.finding(
        f"the loss is {fit.observed:.2f}, what the logarithm of the labels gives; in the right order it is "
        f"{fit.expected:.2f}",
        "labels first: loss_object(labels, predictions)",
        line=step_line(seen.subject),
    )


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
    for node in (one for tape in _tapes(tree) for line in tape.body for one in ast.walk(line)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called.endswith(".numpy") or called.startswith(("np.", "numpy.")):
                yield node.lineno


def _tapes(tree: ast.Module) -> list[ast.With]:
    return [one for one in ast.walk(tree) if isinstance(one, ast.With) and "GradientTape" in ast.unparse(one.items[0])]


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
        return _wrong_form(True, said(error), line)
    return STOPS.finding(said(error), f"mend {source.place(line)}, «{source.quote(line)}»", line=line)


def _at_the_loss(error: BaseException) -> tuple[tuple[int, ...] | None, tuple[int, ...] | None]:
    """The shapes of labels and predictions where one of Keras' losses stopped; None where it was none of these."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        labels, answers = (getattr(frame.f_locals.get(name), "shape", None) for name in ("y_true", "y_pred"))
        if labels is not None and answers is not None:
            return tuple(labels), tuple(answers)
    return None, None
