"""DL405: ReLU units that are zero for every image."""

from __future__ import annotations

from digitlab.checker.findings import CUT_OFF, STUCK, Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
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


def check(seen: Observations) -> Finding | None:
    """The outputs of ReLUs at the start, for 256 images."""
    shares = seen.dead_units
    worst = max(shares, key=lambda one: one[0], default=None)
    if worst is None or worst[0] < DEAD:
        return None
    line = line_naming(seen.subject, "bias_initializer", "Constant", "constant", "relu", "ReLU")
    return RULE.finding(
        f"at the start {worst[0]:.0%} of the {worst[1]} units of a ReLU layer are below zero for each of 256 images",
        f"start biases at zero and weights around zero{at(seen.subject, line)}",
        line=line,
        severity="error" if worst[0] > ALL else None,
    )
