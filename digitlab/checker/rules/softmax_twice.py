"""DL101: the softmax is applied twice, in the model or once more in the loss."""

from typing import Any

import numpy as np

from digitlab.checker.findings import STUCK, Finding, Rule
from digitlab.checker.observe.losses import are_probabilities
from digitlab.checker.observe.observations import Observations
from digitlab.checker.observe.steps import BATCH, BATCHES, BATCHES_EAGERLY
from digitlab.checker.where import at, line_naming, quoted

RULE = Rule(
    code="DL101",
    slug="softmax-twice",
    severity="error",
    title="the softmax is applied twice",
    why="A softmax turns evidence into probabilities. Applied to probabilities again, it flattens them: the most "
    "certain answer that ten classes can get is e/(e+9) = 23%, and the loss cannot fall below ln(e+9) - 1 = "
    "1.46, however right the model is. Gradients shrink, training is slow, and deep models stop early. "
    "Softmax regression still reaches 91.9%, so the accuracy does not show it.",
    wrong="outputs = layers.Dense(10, activation='softmax')(x)\n"
    "loss = keras.losses.CategoricalCrossentropy(from_logits=True)  # applies the softmax, too",
    right="outputs = layers.Dense(10, activation='softmax')(x)\nloss = keras.losses.CategoricalCrossentropy()",
    explains=STUCK,
)

MARGIN = 1e-3
LOSSES = ("softmax_cross_entropy_with_logits", "sparse_softmax_cross_entropy_with_logits", "from_logits")


def check(seen: Observations) -> Finding | None:
    """In the model: saturated answers stop at e/(e+n-1).  In the loss: its values are those of a second softmax."""
    return _in_model(seen) or _in_loss(seen) or _afterwards(seen)


def _in_model(seen: Observations) -> Finding | None:
    rows = seen.when_saturated
    if not seen.usable or rows is None or not are_probabilities(rows):
        return None
    classes = seen.subject.classes
    top, rest = np.e / (np.e + classes - 1), 1 / (np.e + classes - 1)
    ordered = np.sort(rows, axis=1)
    twice = (np.abs(ordered[:, -1] - top) < MARGIN) & (np.abs(ordered[:, 0] - rest) < MARGIN)
    if twice.mean() < 0.5 or ordered[:, -1].max() > top + MARGIN:
        return None
    line = line_naming(seen.subject, "softmax", "Softmax")
    return RULE.finding(
        "with weights so large that every answer should be certain, no probability is above "
        f"{ordered[:, -1].max():.4f} = e/(e+{classes - 1})",
        f"keep one softmax: look at {quoted(seen.subject, line)}" if line else "keep one softmax in the model",
        line=line,
    )


def _in_loss(seen: Observations) -> Finding | None:
    run, eager = seen.fit_as_run, seen.fit_eagerly
    twice = [fit for fit in (run, eager) if fit is not None and fit.hypothesis == "softmax-twice"]
    line = line_naming(seen.subject, *LOSSES)
    fix = (
        "the model gives probabilities, so the loss must take them as they are: "
        f"from_logits=False{at(seen.subject, line)}; or end the model with its Dense layer, without the softmax"
    )
    if twice:
        images = BATCH * (BATCHES if twice[0] is run else BATCHES_EAGERLY)
        only = "" if len(twice) == 2 or run is None or eager is None else _only(run is twice[0])
        return RULE.finding(
            f"the loss of {images} images is {twice[0].observed:.3f}, as with a second softmax; "
            f"with one it is {twice[0].expected * twice[0].factor:.3f}{only}",
            fix,
            line=line,
        )
    if _repaired(seen):
        return RULE.finding(
            "the model gives probabilities, and the loss is told that they are logits; Keras notices and takes the "
            "softmax back, but only in this form of the program",
            fix,
            line=line,
            severity="warning",
        )
    return None


def _afterwards(seen: Observations) -> Finding | None:
    asked = next((one for one in seen.subject.asked if one.twice), None)
    if asked is None:
        return None
    return RULE.finding(
        f"the trained model gives probabilities, and {asked.by} tells the softmax of these: the same class "
        "comes first, and every answer looks uncertain",
        f"ask the trained model itself: {quoted(seen.subject, asked.line)}",
        line=asked.line,
        severity="hint",
    )


def _only(compiled: bool) -> str:
    if compiled:
        return "; only where the step is compiled (@tf.function)"
    return "; not so where the step is compiled: there Keras repairs it, and the same code has two losses"


def _repaired(seen: Observations) -> bool:
    """Whether a Keras loss with `from_logits=True` gets probabilities and makes up for it."""
    rows = seen.when_shaken
    config: dict[str, Any] = getattr(seen.subject.loss, "get_config", dict)()
    right = seen.fit_as_run is not None and seen.fit_as_run.hypothesis == "right"
    return bool(config.get("from_logits")) and right and seen.usable and rows is not None and are_probabilities(rows)
