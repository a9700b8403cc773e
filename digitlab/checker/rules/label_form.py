"""DL204 and DL205: labels in a form that the loss does not take, or in the place of the predictions."""

from digitlab.checker.findings import STUCK, WILD, WRONG_CLASS, Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import line_naming, step_line

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
        other = (
            "one-hot rows: tf.one_hot(y_train, 10)" if seen.whole_labels else "class numbers: y_train.argmax(axis=1)"
        )
        sparse = "sparse_categorical_crossentropy" if seen.whole_labels else "categorical_crossentropy"
        return FORM.finding(
            f"labels are fed as {form}, and the loss stops at them: {seen.refused_labels}",
            f"give the loss {other}; or take {sparse}",
            line=line_naming(seen.subject, "loss", "compile", "CategoricalCrossentropy", "categorical_crossentropy"),
        )
    fit = seen.fit_as_run or seen.fit_eagerly
    if fit is None or fit.hypothesis != "numbers-as-weights":
        return None
    return FORM.finding(
        f"the loss is {fit.observed:.2f} for {form}, what comes out when a class number is multiplied with the "
        "logarithms of all probabilities",
        "make one-hot rows of the labels: tf.one_hot(y_train, 10)",
        line=step_line(seen.subject),
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
