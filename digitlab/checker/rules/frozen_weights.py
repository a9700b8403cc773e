"""DL306: weights that do not take part in the training."""

from __future__ import annotations

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming

RULE = Rule(
    code="DL306",
    slug="frozen-weights",
    severity="warning",
    title="weights of the model are frozen at their random start",
    why="A layer with trainable=False keeps the weights that it started with. That is right for weights that were "
    "trained before; random ones mix the pixels in a way that nobody chose, and the rest has to live with it.",
    wrong="hidden = layers.Dense(128, activation='relu', trainable=False)",
    right="hidden = layers.Dense(128, activation='relu')",
)


def check(seen: Observations) -> Finding | None:
    """Matrices that images are multiplied with, and that are not trainable."""
    graph = seen.graph
    if graph is None:
        return None
    frozen = [one for one in graph.weighted if one.variable is not None and seen.is_frozen(one.variable)]
    if not frozen:
        return None
    line = line_naming(seen.subject, "trainable")
    shapes = ", ".join("×".join(map(str, one.kernel)) for one in frozen[:3])
    return RULE.finding(
        f"{len(frozen)} of {len(graph.weighted)} matrices of weights are not trainable: {shapes}",
        f"leave out trainable=False{at(seen.subject, line)}",
        line=line,
    )
