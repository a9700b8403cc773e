"""DL102: the loss takes the model's raw outputs for probabilities."""

from __future__ import annotations

import keras

from digitlab.checker.findings import STUCK, WILD, WRONG_CLASS, Finding, Rule
from digitlab.checker.observe.losses import are_probabilities
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
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

LOSSES = (
    "CategoricalCrossentropy",
    "SparseCategoricalCrossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
)


def check(seen: Observations) -> Finding | None:
    """The loss has the values that cut-off outputs give, or it is Keras' own and was told of probabilities."""
    rows = seen.when_shaken
    if not seen.usable or rows is None or are_probabilities(rows):
        return None
    fit = seen.fit_as_run or seen.fit_eagerly
    explained = fit is not None and fit.hypothesis == "logits-as-probabilities"
    if not explained and not (fit is None and (rows < 0).any() and _expects_probabilities(seen)):
        return None
    line = line_naming(seen.subject, "from_logits", *LOSSES)
    where = at(seen.subject, line)
    return RULE.finding(
        f"the outputs go from {rows.min():.2f} to {rows.max():.2f}, their rows sum to {rows.sum(axis=1).min():.2f} to "
        f"{rows.sum(axis=1).max():.2f}, and the loss takes them for probabilities",
        f"say so to the loss: from_logits=True{where}; or end the model with a softmax: layers.Softmax()",
        line=line,
    )


def _expects_probabilities(seen: Observations) -> bool:
    loss = seen.subject.loss
    kinds = (keras.losses.CategoricalCrossentropy, keras.losses.SparseCategoricalCrossentropy)
    functions = (keras.losses.categorical_crossentropy, keras.losses.sparse_categorical_crossentropy)
    if seen.subject.step is not None:
        return False  # what the step computes was looked at, and is something else
    return (isinstance(loss, kinds) and not loss.get_config()["from_logits"]) or loss in functions
