"""DL101: the softmax is applied twice, in the model or once more in the loss."""

import numpy as np

from digitlab.base.findings import Finding
from digitlab.checker.observe.observations import Observations
from digitlab.checker.observe.steps import BATCH, BATCHES, EAGER_BATCHES
from digitlab.checker.rule import STUCK, Rule
from digitlab.checker.where import line_naming, quote_after_colon, quoted
from digitlab.programs.outputs import are_probabilities

RULE = Rule(
    code="DL101",
    slug="softmax-twice",
    severity="error",
    title="the softmax is applied twice",
    why="A softmax turns logits into probabilities. Applied to probabilities again, it flattens them: the highest "
    "probability that one of ten classes can get is e/(e+9) = 23%, and the loss cannot fall below ln(e+9) - 1 = 1.46, "
    "however good the model is. Gradients shrink, training is slow, and deep models stop learning early. Softmax "
    "regression still reaches 91.9%, so the accuracy does not show the mistake.",
    wrong="outputs = layers.Dense(10, activation='softmax')(x)\n"
    "loss = keras.losses.CategoricalCrossentropy(from_logits=True)  # applies the softmax, too",
    right="outputs = layers.Dense(10, activation='softmax')(x)\nloss = keras.losses.CategoricalCrossentropy()",
    explains=STUCK,
)

MAX_ERROR = 1e-3  # of a probability: float32, and weights that saturate it almost
LOSSES = ("softmax_cross_entropy_with_logits", "sparse_softmax_cross_entropy_with_logits", "from_logits")


def check(seen: Observations) -> Finding | None:
    """In the model: saturated predictions stop at e/(e+n-1).  In the loss: its values are those of a second softmax."""
    return _in_model(seen) or _in_loss(seen) or _after_training(seen)


def _in_model(seen: Observations) -> Finding | None:
    rows = seen.answers.saturated
    if not seen.answers.usable or rows is None or not are_probabilities(rows):
        return None
    classes = seen.subject.classes
    top, rest = np.e / (np.e + classes - 1), 1 / (np.e + classes - 1)
    ordered = np.sort(rows, axis=1)
    twice = (np.abs(ordered[:, -1] - top) < MAX_ERROR) & (np.abs(ordered[:, 0] - rest) < MAX_ERROR)
    if twice.mean() < 0.5 or ordered[:, -1].max() > top + MAX_ERROR:
        return None
    line = line_naming(seen.subject, "softmax", "Softmax")
    return RULE.finding(
        "with weights so large that every prediction should be certain, no probability is above "
        f"{ordered[:, -1].max():.4f} = e/(e+{classes - 1})",
        f"keep one softmax: look at {quoted(seen.subject, line)}" if line else "keep one softmax in the model",
        line=line,
    )


def _in_loss(seen: Observations) -> Finding | None:
    run, eager = seen.steps.loss_as_run, seen.steps.loss_eagerly
    twice = [loss for loss in (run, eager) if loss is not None and loss.hypothesis == "softmax-twice"]
    if not twice and not _is_undone_by_keras(seen):
        return None
    line = line_naming(seen.subject, *LOSSES)
    fix = (
        f"use a loss without a softmax, from_logits=False{quote_after_colon(seen.subject, line)}; or remove the "
        "softmax from the model"
    )
    if not twice:
        return RULE.finding(
            "the model gives probabilities, and the loss is told that they are logits; Keras notices this and undoes "
            "the softmax, but only in this form of the program",
            fix,
            line=line,
            severity="warning",
        )
    loss, images = twice[0], BATCH * (BATCHES if twice[0] is run else EAGER_BATCHES)
    only = ""
    if len(twice) == 1 and run is not None and eager is not None:
        only = (
            "; only where the step is compiled (@tf.function)"
            if loss is run
            else "; not where the step is compiled: there Keras undoes the softmax, and the same code has two losses"
        )
    return RULE.finding(
        f"the loss of {images} images is {loss.observed:.3f}, as with a second softmax; "
        f"with one it is {loss.expected * loss.factor:.3f}{only}",
        fix,
        line=line,
    )


def _is_undone_by_keras(seen: Observations) -> bool:
    """Whether a Keras loss with `from_logits=True` gets probabilities and goes back to their logits."""
    rows, loss = seen.answers.random, seen.steps.loss_as_run
    right = loss is not None and loss.hypothesis == "right"
    return bool(seen.subject.loss_takes_logits and right and seen.answers.usable) and (
        rows is not None and are_probabilities(rows)
    )


def _after_training(seen: Observations) -> Finding | None:
    call = next((one for one in seen.subject.later_calls if one.softmax_twice), None)
    if call is None:
        return None
    return RULE.finding(
        f"the trained model gives probabilities, and {call.name} gives the softmax of these: the same class "
        "comes first, and every prediction looks uncertain",
        f"use the trained model itself: {quoted(seen.subject, call.line)}",
        line=call.line,
        severity="hint",
    )
