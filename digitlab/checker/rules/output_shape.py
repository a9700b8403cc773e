"""DL107: not one number for each class."""

from __future__ import annotations

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.core import LOOKED_AT
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import model_line

RULE = Rule(
    code="DL107",
    slug="wrong-output-shape",
    severity="error",
    title="the model does not give one number for each class",
    why="A classifier of ten digits answers each image with ten numbers. Fewer cannot name every class; more are "
    "classes that do not exist; another axis (a forgotten Flatten, say) makes the loss compare things that do "
    "not belong together, often without an error.",
    wrong="model = keras.Sequential([layers.Input((28, 28)), layers.Dense(10)])  # gives [batch, 28, 10]",
    right="model = keras.Sequential([layers.Input((28, 28)), layers.Flatten(), layers.Dense(10)])",
    is_last=True,
)


def check(seen: Observations) -> Finding | None:
    """The shape of what comes out."""
    rows = seen.at_start
    classes = seen.subject.classes
    if rows is None or rows.shape == (LOOKED_AT, classes):
        return None
    batch = "batch" if rows.shape[:1] == (LOOKED_AT,) else str(rows.shape[0] if rows.ndim else "no")
    shape = ", ".join([batch, *map(str, rows.shape[1:])])
    forgotten = rows.ndim > 2 and rows.shape[-1] == classes
    return RULE.finding(
        f"[{shape}] comes out where [batch, {classes}] is needed",
        "put layers.Flatten() before the last Dense layer" if forgotten else f"end with layers.Dense({classes})",
        line=model_line(seen.subject),
    )
