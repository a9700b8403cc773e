"""DL504 and DL505: the weights see pixels on another scale than 0 to 1."""

from digitlab.checker.findings import STUCK, WILD, Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import place_naming

UNSCALED = Rule(
    code="DL504",
    slug="input-not-scaled",
    severity="error",
    title="pixels from 0 to 255 reach the weights unscaled",
    why="Initial weights and learning rates are made for inputs around one. With inputs 255 times as large, evidence "
    "and gradients are, too: the loss starts in the hundreds, steps overshoot, ReLUs die, and training is slow, "
    "unsteady or stuck at 10%. And a model trained so answers nonsense for images in [0, 1].",
    wrong="x_train = x_train.reshape(-1, 784).astype('float32')",
    right="x_train = x_train.reshape(-1, 784).astype('float32') / 255",
    explains=WILD | STUCK | {"unlike-training"},
)

LARGE = 50.0


def check_unscaled(seen: Observations) -> Finding | None:
    """The values that go into the first weights, of images as the program feeds them."""
    low_high = seen.range_at_first_weights
    if low_high is None or max(abs(low_high[0]), abs(low_high[1])) < LARGE:
        return None
    return UNSCALED.finding(
        f"the values that go into the first weights are from {low_high[0]:.4g} to {low_high[1]:.4g}",
        "divide by 255 once, where the images are loaded",
        at=place_naming(seen.subject, "load_data", "astype", "cast"),
    )


TWICE = Rule(
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


def check_twice(seen: Observations) -> Finding | None:
    """How far the values that go into the first weights are apart, of images as the program feeds them."""
    low_high = seen.range_at_first_weights
    if low_high is None or seen.subject.program is None or not 0 < low_high[1] - low_high[0] < SMALL:
        return None
    return TWICE.finding(
        f"the values that go into the first weights are from {low_high[0]:.2g} to {low_high[1]:.2g}, where 0 to "
        "1 is meant",
        "bring the pixels to another scale in one place only",
        at=place_naming(seen.subject, "Rescaling", "normalize", "load_data"),
    )
