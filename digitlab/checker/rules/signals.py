"""DL403 to DL405: signals that vanish, explode, or are cut off on their way through the layers."""

import numpy as np

from digitlab.checker.findings import CUT_OFF, STUCK, Finding, Rule
from digitlab.checker.observe.losses import are_probabilities
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import place_naming

VANISHING = Rule(
    code="DL403",
    slug="vanishing-gradient",
    severity="warning",
    title="the gradient vanishes on its way to the first layers",
    why="Going back through the layers, the gradient is multiplied at each one: by small weights, or by the slope of "
    "a sigmoid, which is at most 1/4. After many layers nothing is left, and the first ones stay as they started.",
    wrong="for _ in range(12):\n    x = layers.Dense(64, activation='sigmoid')(x)",
    right="for _ in range(12):\n    x = layers.Dense(64, activation='relu', kernel_initializer='he_normal')(x)",
    explains={"cannot-learn-by-heart", "learning-rate-too-low"},
)
EXPLODING = Rule(
    code="DL404",
    slug="exploding-signal",
    severity="warning",
    title="signals grow from layer to layer, or start far too large",
    why="With weights that are too large, each layer makes its inputs larger. At the outputs that gives wild "
    "certainty about the wrong classes, a loss far above ln(10) = 2.3 at the start, and steps that overshoot; "
    "units with tanh or sigmoid are at their ends, where the slope is zero.",
    wrong="tf.Variable(tf.random.normal([784, 256]))  # standard deviation 1",
    right="tf.Variable(tf.random.normal([784, 256], stddev=0.05))  # about sqrt(1/784) to sqrt(2/784)",
    explains=STUCK | {"dead-relus", "learning-rate-too-high"},
)

VANISHED = 1e-4  # first layer's gradient beside the last one's, each relative to its weights
NOTHING = 1e-7  # or by itself: where signals fade on their way forward, the last layers get none either
SATURATED = 0.9  # of the outputs, where each is between 0 and 1
HUGE = 100.0  # an output at the start, of any kind
EXPLODED = 4.0  # times ln(classes): the start loss
INITIALIZERS = ("stddev", "kernel_initializer", "normal", "random_normal", "RandomNormal", "uniform")


def check_vanishing(seen: Observations) -> Finding | None:
    """Gradients of the matrices at the start, the first beside the last."""
    sizes = seen.gradient_sizes
    if sizes is None or len(sizes) < 3 or sizes[0] == 0 or sizes[-1] == 0:
        return None
    if sizes[0] > VANISHED * sizes[-1] and sizes[0] > NOTHING:
        return None
    return VANISHING.finding(
        f"at the start, the gradient of the first of {len(sizes)} weight matrices is {sizes[0]:.1g} times as long as "
        f"the matrix itself, that of the last {sizes[-1]:.1g} times",
        "use ReLU with kernel_initializer='he_normal', fewer layers, batch normalisation or residual connections",
        at=place_naming(seen.subject, *INITIALIZERS, "sigmoid", "tanh"),
    )


def check_exploding(seen: Observations) -> Finding | None:
    """The cross-entropy at the start beside that of a model that knows nothing; or outputs that are huge by then."""
    loss, chance, rows = seen.start_cross_entropy, seen.chance, seen.first_answers
    if not seen.usable or rows is None:
        return None
    sigmoids = not are_probabilities(rows) and rows.min() >= 0 and rows.max() <= 1
    saturated = float(((rows < 1e-6) | (rows > 1 - 1e-6)).mean()) if sigmoids else 0.0
    if loss is not None and loss >= EXPLODED * chance:
        observed = f"the loss starts at {loss:.1f}; that of pure chance is ln({seen.subject.classes}) = {chance:.2f}"
    elif np.abs(rows).max() > HUGE:
        observed = f"at the start there are outputs of {np.abs(rows).max():.3g}, where numbers around 1 are expected"
    elif saturated > SATURATED:
        observed = f"at the start {saturated:.0%} of the outputs are at 0 or 1 already"
    else:
        return None
    place = place_naming(seen.subject, *INITIALIZERS)
    return EXPLODING.finding(observed, "start with smaller weights: stddev about sqrt(2 / inputs)", at=place)


DEAD_RELUS = Rule(
    code="DL405",
    slug="dead-relus",
    severity="warning",
    title="most units of a ReLU layer are zero for every image",
    why="A ReLU passes on what is above zero. A unit that is below zero for all images passes on nothing, and "
    "since its slope is zero there, no step can bring it back: it is dead. A negative bias or very unequal "
    "weights make many of them.",
    wrong="layers.Dense(128, activation='relu', bias_initializer=keras.initializers.Constant(-10))",
    right="layers.Dense(128, activation='relu')  # biases start at zero",
    explains=CUT_OFF | STUCK | {"exploding-signal", "ignores-input", "wrong-input-scale"},
)

DEAD = 0.6  # of the units of a layer
ALL = 0.95  # so many, and hardly anything passes


def check_dead(seen: Observations) -> Finding | None:
    """The outputs of ReLUs at the start, for 256 images."""
    shares = seen.dead_units
    worst = max(shares, key=lambda one: one[0], default=None)
    if worst is None or worst[0] < DEAD:
        return None
    return DEAD_RELUS.finding(
        f"at the start {worst[0]:.0%} of the {worst[1]} units of a ReLU layer are below zero for each of 256 images",
        "start biases at zero and weights around zero",
        at=place_naming(seen.subject, "bias_initializer", "Constant", "constant", "relu", "ReLU"),
        severity="error" if worst[0] > ALL else None,
    )
