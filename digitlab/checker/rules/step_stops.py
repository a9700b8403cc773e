"""DL206: the training stops with an error in its first step."""

from __future__ import annotations

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import quoted, step_line
from digitlab.programs.source import said

RULE = Rule(
    code="DL206",
    slug="step-stops",
    severity="error",
    title="the training stops with an error in its first step",
    why="Model, labels and loss have to fit together in shape and type. Mostly it is the labels: class numbers "
    "where one-hot rows are expected, or the other way round.",
    wrong="loss = keras.losses.CategoricalCrossentropy()(labels, predictions)  # labels: 5, 0, 4, …",
    right="loss = keras.losses.SparseCategoricalCrossentropy()(labels, predictions)",
)


def check(seen: Observations) -> Finding | None:
    """The program's own step, given what the program feeds it."""
    subject = seen.subject
    error = seen.failures.get("step") if not seen.steps_eagerly and not seen.steps_as_run else None
    if error is None or subject.program is None or subject.step is None or subject.label_type is None:
        return None
    line = subject.program.source.line_of(error) or step_line(subject)
    return RULE.finding(
        said(error),
        f"mend {quoted(subject, line)}; labels are fed as {'class numbers' if seen.whole_labels else 'one-hot rows'}",
        line=line,
    )
