"""DL505: pixels are divided by 255 twice."""

from __future__ import annotations

from digitlab.checker.findings import STUCK, Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
    code="DL505",
    slug="scaled-twice",
    severity="error",
    title="the images are scaled down twice",
    why="Divided by 255 in the data and once more in the model, white is 1/255: all images look black. The first "
    "weights have to grow 255 times as large before anything is seen, so training crawls.",
    wrong="x_train = x_train / 255\nmodel = keras.Sequential([layers.Rescaling(1 / 255), …])",
    right="x_train = x_train / 255\nmodel = keras.Sequential([…])",
    explains=STUCK | {"unlike-training"},
)

SMALL = 0.02


def check(seen: Observations) -> Finding | None:
    """How far the values that go into the first weights are apart, of images as the program feeds them."""
    low_high = seen.range_at_first_weights
    if low_high is None or seen.subject.program is None or not 0 < low_high[1] - low_high[0] < SMALL:
        return None
    line = line_naming(seen.subject, "Rescaling", "normalize", "load_data")
    return RULE.finding(
        f"the values that go into the first weights are from {low_high[0]:.2g} to {low_high[1]:.2g}, where 0 to "
        "1 is meant",
        f"bring the pixels to another scale in one place only{at(seen.subject, line)}",
        line=line,
    )
