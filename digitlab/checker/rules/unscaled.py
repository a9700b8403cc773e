"""DL504: the weights see pixels on another scale than 0 to 1."""

from __future__ import annotations

from digitlab.checker.findings import STUCK, WILD, Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
    code="DL504",
    slug="input-not-scaled",
    severity="error",
    title="pixels from 0 to 255 reach the weights unscaled",
    why="Initial weights and learning rates are made for inputs around one. With inputs 255 times as large, "
    "evidence and gradients are, too: the loss starts in the hundreds, steps overshoot, ReLUs die, and "
    "training is slow, unsteady or stuck at 10%. And a model trained so answers nonsense for images in [0, "
    "1].",
    wrong="x_train = x_train.reshape(-1, 784).astype('float32')",
    right="x_train = x_train.reshape(-1, 784).astype('float32') / 255",
    explains=WILD | STUCK | {"unlike-training"},
)

LARGE = 50.0


def check(seen: Observations) -> Finding | None:
    """The values that go into the first weights, of images as the program feeds them."""
    low_high = seen.range_at_first_weights
    if low_high is None or max(abs(low_high[0]), abs(low_high[1])) < LARGE:
        return None
    line = line_naming(seen.subject, "load_data", "astype", "cast")
    return RULE.finding(
        f"the values that go into the first weights are from {low_high[0]:.4g} to {low_high[1]:.4g}",
        f"divide by 255 once, where the images are loaded{at(seen.subject, line)}",
        line=line,
    )
