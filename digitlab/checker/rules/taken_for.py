"""DL102 and DL104: the loss takes the outputs for what they are not."""

import numpy as np

from digitlab.checker.findings import STUCK, WILD, WRONG_CLASS, Finding, Rule
from digitlab.checker.observe.losses import are_probabilities
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import place_naming

SIGMOID = Rule(
    code="DL104",
    slug="sigmoid-output",
    severity="error",
    title="the outputs are sigmoids, and the loss expects a softmax",
    why="A sigmoid answers one yes-or-no question. Ten of them do not share one probability: their sum can be "
    "anything from 0 to 10, so they are no distribution over the classes. Categorical cross-entropy looks at "
    "the right class only and expects the others to go down when it goes up; with sigmoids they need not.",
    wrong="outputs = layers.Dense(10, activation='sigmoid')(x)\nloss = keras.losses.CategoricalCrossentropy()",
    right="outputs = layers.Dense(10, activation='softmax')(x)\nloss = keras.losses.CategoricalCrossentropy()",
    explains=STUCK | {"logits-as-probabilities"},
)


def check_sigmoid(seen: Observations) -> Finding | None:
    """All outputs are between 0 and 1 and reach both, rows do not sum to one, and the loss is that of one class."""
    rows, extreme = seen.when_shaken, seen.when_saturated
    if (
        not seen.usable
        or rows is None
        or extreme is None
        or are_probabilities(rows)
        or not (seen.fit_as_run is not None or _of_keras(seen.subject.loss))
    ):
        return None
    if (rows < 0).any() or (rows > 1).any() or not _at_both_ends(extreme):
        return None
    if seen.fit_as_run is None and not _of_keras(seen.subject.loss):
        return None
    sums = rows.sum(axis=1)
    if np.ptp(sums) < 0.05:
        return None
    return SIGMOID.finding(
        f"all outputs are between 0 and 1, and those of one image sum to {sums.min():.2f} to {sums.max():.2f}",
        "end the model with a softmax in place of the sigmoid",
        at=place_naming(seen.subject, "sigmoid"),
    )


def _at_both_ends(extreme: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bool:
    """Whether large evidence drives outputs to 0 and to 1, several in a row to 1."""
    ends = (extreme < 0.01) | (extreme > 0.99)
    return bool(
        extreme.min() >= 0 and extreme.max() <= 1.0 + 1e-6 and ends.mean() > 0.8 and (extreme > 0.99).sum(1).max() > 1
    )


def _of_keras(loss: object) -> bool:
    return type(loss).__name__ in CLASSES or getattr(loss, "__name__", "") in FUNCTIONS


LOGITS = Rule(
    code="DL102",
    slug="logits-as-probabilities",
    severity="error",
    title="the model's raw outputs are taken for probabilities",
    why="The last Dense layer gives evidence: any numbers, negative ones too. Cross-entropy takes the logarithm "
    "of a probability, and of a negative number there is none. Keras cuts such values off, where the gradient "
    "is zero, and the model learns little or nothing: usually the accuracy stays near 10%.",
    wrong="outputs = layers.Dense(10)(x)\nloss = keras.losses.CategoricalCrossentropy()",
    right="outputs = layers.Dense(10)(x)\nloss = keras.losses.CategoricalCrossentropy(from_logits=True)",
    explains=WRONG_CLASS | WILD | STUCK,
)

FUNCTIONS = ("categorical_crossentropy", "sparse_categorical_crossentropy")
CLASSES = ("CategoricalCrossentropy", "SparseCategoricalCrossentropy")


def check_logits(seen: Observations) -> Finding | None:
    """The loss has the values that cut-off outputs give, or it is Keras' own and was told of probabilities."""
    rows = seen.when_shaken
    if not seen.usable or rows is None or are_probabilities(rows):
        return None
    fit = seen.fit_as_run or seen.fit_eagerly
    explained = fit is not None and fit.hypothesis == "logits-as-probabilities"
    if not explained and not (fit is None and (rows < 0).any() and _expects_probabilities(seen)):
        return None
    line, where = place_naming(seen.subject, "from_logits", *CLASSES, *FUNCTIONS)
    return LOGITS.finding(
        f"the outputs go from {rows.min():.2f} to {rows.max():.2f}, their rows sum to {rows.sum(axis=1).min():.2f} to "
        f"{rows.sum(axis=1).max():.2f}, and the loss takes them for probabilities",
        f"say so to the loss: from_logits=True{where}; or end the model with a softmax: layers.Softmax()",
        line=line,
    )


def _expects_probabilities(seen: Observations) -> bool:
    if seen.subject.step is not None:
        return False  # what the step computes was looked at, and is something else
    config: dict[str, object] = getattr(seen.subject.loss, "get_config", dict)()
    return _of_keras(seen.subject.loss) and not config.get("from_logits")
