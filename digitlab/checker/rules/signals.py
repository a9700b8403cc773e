"""DL403 to DL405: signals that vanish, explode, or are cut off between the layers."""

import numpy as np

from digitlab.base.findings import Finding
from digitlab.checker.observe.answers import MANY_IMAGES
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rule import CUT_OFF, STUCK, Rule
from digitlab.checker.where import place_naming
from digitlab.programs.outputs import are_probabilities

VANISHING = Rule(
    code="DL403",
    slug="vanishing-gradient",
    severity="warning",
    title="the gradient vanishes before it reaches the first layers",
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
    why="With weights that are too large, each layer amplifies its inputs. The outputs are then very certain about the "
    "wrong classes, the loss starts far above ln(10) = 2.3, and steps overshoot; tanh and sigmoid units saturate, and "
    "have no gradient there.",
    wrong="tf.Variable(tf.random.normal([784, 256]))  # standard deviation 1",
    right="tf.Variable(tf.random.normal([784, 256], stddev=0.05))  # about sqrt(1/784) to sqrt(2/784)",
    explains=STUCK | {"dead-relus", "learning-rate-too-high"},
)
DEAD_RELUS = Rule(
    code="DL405",
    slug="dead-relus",
    severity="warning",
    title="most units of a ReLU layer are zero for every image",
    why="A ReLU passes on what is above zero. A unit that is below zero for all images passes on nothing, and since "
    "its slope is zero there, no step can bring it back: it is dead. A negative bias or very unequal weights make many "
    "of them.",
    wrong="layers.Dense(128, activation='relu', bias_initializer=keras.initializers.Constant(-10))",
    right="layers.Dense(128, activation='relu')  # biases start at zero",
    explains=CUT_OFF | STUCK | {"exploding-signal", "ignores-input", "wrong-input-scale"},
)

# Empirical; the contract (tests/checker) holds the checker to them.
MIN_GRADIENT_RATIO = 1e-4  # of the first matrix to that of the last, each relative to its weights
MIN_GRADIENT = 1e-7  # of the first matrix: where signals fade on their way forward, the last gradients are small, too
MIN_MATRICES = 3
MIN_SATURATED = 0.9  # of the outputs, where each is between 0 and 1
MAX_OUTPUT = 100.0  # at the start
MAX_LOSS_RATIO = 4.0  # times ln(classes), at the start
MIN_DEAD, MIN_DEAD_FOR_ERROR = 0.6, 0.95  # of the units of a layer
INITIALIZERS = ("stddev", "kernel_initializer", "normal", "random_normal", "RandomNormal", "uniform")


def check_vanishing(seen: Observations) -> Finding | None:
    """Gradients of the matrices at the start, the first beside the last."""
    sizes = seen.learning.gradient_sizes
    if sizes is None or len(sizes) < MIN_MATRICES or sizes[0] == 0 or sizes[-1] == 0:
        return None
    if sizes[0] > MIN_GRADIENT_RATIO * sizes[-1] and sizes[0] > MIN_GRADIENT:
        return None
    return VANISHING.finding(
        f"at the start, the norm of the gradient of the first of {len(sizes)} weight matrices is {sizes[0]:.1g} times "
        f"that of the matrix itself, of the last {sizes[-1]:.1g} times",
        "use ReLU with kernel_initializer='he_normal', fewer layers, batch normalization or residual connections",
        at=place_naming(seen.subject, *INITIALIZERS, "sigmoid", "tanh"),
    )


def check_exploding(seen: Observations) -> Finding | None:
    """The cross-entropy at the start beside that of a model that knows nothing; or very large first outputs."""
    loss, chance, rows = seen.learning.first_cross_entropy, seen.learning.chance, seen.learning.first_predictions
    if not seen.answers.usable or rows is None:
        return None
    sigmoids = not are_probabilities(rows) and rows.min() >= 0 and rows.max() <= 1
    saturated = float(((rows < 1e-6) | (rows > 1 - 1e-6)).mean()) if sigmoids else 0.0
    if loss is not None and loss >= MAX_LOSS_RATIO * chance:
        observed = f"the loss starts at {loss:.1f}; that of pure chance is ln({seen.subject.classes}) = {chance:.2f}"
    elif np.abs(rows).max() > MAX_OUTPUT:
        observed = f"at the start there are outputs of {np.abs(rows).max():.3g}, where numbers around 1 are expected"
    elif saturated > MIN_SATURATED:
        observed = f"at the start {saturated:.0%} of the outputs are at 0 or 1 already"
    else:
        return None
    place = place_naming(seen.subject, *INITIALIZERS)
    return EXPLODING.finding(observed, "start with smaller weights: stddev about sqrt(2 / inputs)", at=place)


def check_dead(seen: Observations) -> Finding | None:
    """The outputs of ReLUs at the start."""
    share, units = max(seen.graph.dead_units, default=(0.0, 0))
    if share < MIN_DEAD:
        return None
    return DEAD_RELUS.finding(
        f"at the start {share:.0%} of the {units} units of a ReLU layer are below zero for all {MANY_IMAGES} images",
        "start biases at zero and weights around zero",
        at=place_naming(seen.subject, "bias_initializer", "Constant", "constant", "relu", "ReLU"),
        severity="error" if share > MIN_DEAD_FOR_ERROR else None,
    )
