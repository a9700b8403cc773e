"""DL402: hidden units that start alike and stay alike."""

from __future__ import annotations

from digitlab.checker.findings import STUCK, WILD, Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
    code="DL402",
    slug="identical-units",
    severity="error",
    title="the units of a hidden layer start alike, and stay alike",
    why="Units with the same weights get the same gradient, so a step leaves them equal: a layer of 128 units "
    "then does the work of one. Weights of hidden layers have to start at random. (In softmax regression a "
    "start at zero is harmless: its ten units have different labels to answer for.)",
    wrong="layers.Dense(128, activation='relu', kernel_initializer='zeros')",
    right="layers.Dense(128, activation='relu')  # glorot_uniform, the default",
    explains=WILD | STUCK,
)


def check(seen: Observations) -> Finding | None:
    """Matrices of which all columns are still equal after three steps from the start."""
    alike = seen.still_alike
    if not alike:
        return None
    line = line_naming(seen.subject, "zeros", "ones", "constant", "Constant", "Zeros", "Ones", "kernel_initializer")
    shapes = ", ".join("×".join(map(str, shape)) for shape in alike[:3])
    return RULE.finding(
        f"after three steps all {alike[0][-1]} units have exactly the same weights (in {shapes})",
        f"start at random: leave out the initializer, or tf.random.normal(shape, stddev=0.05){at(seen.subject, line)}",
        line=line,
    )
