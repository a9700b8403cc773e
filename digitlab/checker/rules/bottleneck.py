"""DL303: a hidden layer too narrow for the number of classes."""

from __future__ import annotations

from digitlab.checker.findings import STUCK, Finding, Rule
from digitlab.checker.observe.answers import MANY
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import model_line

RULE = Rule(
    code="DL303",
    slug="bottleneck",
    severity="warning",
    title="everything goes through a layer that is narrower than the classes allow",
    why="What one layer throws away no later layer can bring back. Through two or three units the classes have to "
    "share a plane or a space, where ten of them get in each other's way: such a network does worse than "
    "softmax regression, which has no hidden layer at all.",
    wrong="x = layers.Dense(3, activation='relu')(x)\noutputs = layers.Dense(10, activation='softmax')(x)",
    right="x = layers.Dense(64, activation='relu')(x)\noutputs = layers.Dense(10, activation='softmax')(x)",
    explains=STUCK,
)


def check(seen: Observations) -> Finding | None:
    """How many independent directions the evidence for the classes has over many images, at random weights."""
    rank = seen.rank_of_evidence
    classes = seen.subject.classes
    if rank is None or rank == 0 or 2 * rank > classes:
        return None
    return RULE.finding(
        f"over {MANY} images the evidence for {classes} classes moves in {rank} dimension{'s' if rank > 1 else ''}",
        f"give the narrowest hidden layer, now of {rank} unit{'s' if rank > 1 else ''}, at least {2 * classes}",
        line=model_line(seen.subject),
    )
