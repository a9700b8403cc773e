"""DL102 and DL104: the loss expects another kind of output than the model gives."""

import numpy as np

from digitlab.base.findings import Finding
from digitlab.checker.observe.losses import Rows
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rule import STUCK, WILD, WRONG_CLASS, Rule
from digitlab.checker.where import place_naming
from digitlab.programs.outputs import are_probabilities

SIGMOID = Rule(
    code="DL104",
    slug="sigmoid-output",
    severity="error",
    title="the outputs are sigmoids, and the loss expects a softmax",
    why="A sigmoid answers one yes-or-no question. Ten of them are no distribution over the classes: their sum can be "
    "anything from 0 to 10. Categorical cross-entropy looks at the right class only and expects the others to go down "
    "when it goes up; with sigmoids they need not.",
    wrong="outputs = layers.Dense(10, activation='sigmoid')(x)\nloss = keras.losses.CategoricalCrossentropy()",
    right="outputs = layers.Dense(10, activation='softmax')(x)\nloss = keras.losses.CategoricalCrossentropy()",
    explains=STUCK | {"logits-as-probabilities"},
)
LOGITS = Rule(
    code="DL102",
    slug="logits-as-probabilities",
    severity="error",
    title="the loss treats logits as probabilities",
    why="The last Dense layer gives logits: any numbers, negative ones too. Cross-entropy takes the logarithm of a "
    "probability, and a negative number has none. Keras clips such values, where the gradient is zero, and the model "
    "learns little or nothing: usually the accuracy stays near 10%.",
    wrong="outputs = layers.Dense(10)(x)\nloss = keras.losses.CategoricalCrossentropy()",
    right="outputs = layers.Dense(10)(x)\nloss = keras.losses.CategoricalCrossentropy(from_logits=True)",
    explains=WRONG_CLASS | WILD | STUCK,
)

FUNCTIONS = ("categorical_crossentropy", "sparse_categorical_crossentropy")
CLASSES = ("CategoricalCrossentropy", "SparseCategoricalCrossentropy")
MIN_SUM_RANGE = 0.05  # of the sums of sigmoids over the images
MIN_SATURATED = 0.8  # of the outputs, at large weights


def check_sigmoid(seen: Observations) -> Finding | None:
    """All outputs are between 0 and 1 and reach both, rows do not sum to one, and the loss is that of one class."""
    rows, saturated = seen.answers.random, seen.answers.saturated
    if not seen.answers.usable or rows is None or saturated is None or are_probabilities(rows):
        return None
    if seen.steps.loss_as_run is None and not _is_cross_entropy(seen.subject.loss):
        return None
    sums = rows.sum(axis=1)
    if (rows < 0).any() or (rows > 1).any() or np.ptp(sums) < MIN_SUM_RANGE or not _is_at_both_ends(saturated):
        return None
    return SIGMOID.finding(
        f"all outputs are between 0 and 1, and those of one image sum to {sums.min():.2f} to {sums.max():.2f}",
        "end the model with a softmax instead of the sigmoid",
        at=place_naming(seen.subject, "sigmoid"),
    )


def _is_at_both_ends(saturated: Rows) -> bool:
    """Whether large logits drive outputs to 0 and to 1, several in a row to 1."""
    ends = (saturated < 0.01) | (saturated > 0.99)
    in_range = saturated.min() >= 0 and saturated.max() <= 1.0 + 1e-6
    return bool(in_range and ends.mean() > MIN_SATURATED and (saturated > 0.99).sum(axis=1).max() > 1)


def check_logits(seen: Observations) -> Finding | None:
    """The loss has the values that clipped outputs give, or it is Keras' own without `from_logits`."""
    rows, loss = seen.answers.random, seen.steps.loss
    if not seen.answers.usable or rows is None or are_probabilities(rows):
        return None
    explained = loss is not None and loss.hypothesis == "logits-as-probabilities"
    # A step of the program's own computes a loss that is explained, or is another one.
    of_keras = seen.subject.step is None and _is_cross_entropy(seen.subject.loss)
    clips = of_keras and not seen.subject.loss_takes_logits
    if not explained and not (loss is None and clips and (rows < 0).any()):
        return None
    line, where = place_naming(seen.subject, "from_logits", *CLASSES, *FUNCTIONS)
    return LOGITS.finding(
        f"the outputs go from {rows.min():.2f} to {rows.max():.2f}, their rows sum to {rows.sum(axis=1).min():.2f} to "
        f"{rows.sum(axis=1).max():.2f}, and the loss treats them as probabilities",
        f"set from_logits=True in the loss{where}; or end the model with a softmax: layers.Softmax()",
        line=line,
    )


def _is_cross_entropy(loss: object) -> bool:
    """Whether it is the categorical cross-entropy of Keras."""
    return type(loss).__name__ in CLASSES or getattr(loss, "__name__", "") in FUNCTIONS
