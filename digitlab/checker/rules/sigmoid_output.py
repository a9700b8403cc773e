"""DL104: sigmoids where the loss expects a softmax."""

from __future__ import annotations

import keras
import numpy as np

from digitlab.checker.findings import STUCK, Finding, Rule
from digitlab.checker.observe.losses import are_probabilities
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
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


def check(seen: Observations) -> Finding | None:
    """All outputs are between 0 and 1 and reach both, rows do not sum to one, and the loss is that of one class."""
    rows, extreme = seen.when_shaken, seen.when_saturated
    if not seen.usable or rows is None or extreme is None or are_probabilities(rows) or not _categorical(seen):
        return None
    if (rows < 0).any() or (rows > 1).any() or not _at_both_ends(extreme):
        return None
    sums = rows.sum(axis=1)
    if np.ptp(sums) < 0.05:
        return None
    line = line_naming(seen.subject, "sigmoid")
    return RULE.finding(
        f"all outputs are between 0 and 1, and those of one image sum to {sums.min():.2f} to {sums.max():.2f}",
        f"end the model with a softmax in place of the sigmoid{at(seen.subject, line)}",
        line=line,
    )


def _at_both_ends(extreme: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bool:
    """Whether large evidence drives outputs to 0 and to 1, several in a row to 1."""
    ends = (extreme < 0.01) | (extreme > 0.99)
    return bool(
        extreme.min() >= 0 and extreme.max() <= 1.0 + 1e-6 and ends.mean() > 0.8 and (extreme > 0.99).sum(1).max() > 1
    )


def _categorical(seen: Observations) -> bool:
    """Whether the loss is categorical cross-entropy: by its values, or since it is Keras' own."""
    loss = seen.subject.loss
    kinds = (keras.losses.CategoricalCrossentropy, keras.losses.SparseCategoricalCrossentropy)
    functions = (keras.losses.categorical_crossentropy, keras.losses.sparse_categorical_crossentropy)
    return seen.fit_as_run is not None or isinstance(loss, kinds) or loss in functions
