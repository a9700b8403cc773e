"""DL409: the program loads its data, makes a model, and ends."""

from __future__ import annotations

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import model_line

RULE = Rule(
    code="DL409",
    slug="never-trained",
    severity="warning",
    title="nothing in this file trains the model",
    why="A model starts with random weights, and recognises one digit in ten by chance. compile only says how it is to "
    "be trained, and a function that nobody calls does nothing: the weights change in fit, or in a loop with a step.",
    wrong="model = keras.Sequential([…])\nmodel.compile('adam', 'sparse_categorical_crossentropy')",
    right="model = keras.Sequential([…])\nmodel.compile('adam', 'sparse_categorical_crossentropy')\n"
    "model.fit(x_train, y_train, epochs=5)",
)


def check(seen: Observations) -> Finding | None:
    """The program ran to its end, and loaded data that no step was made with."""
    program = seen.subject.program
    if program is None or program.step is not None or not program.data_served:
        return None
    return RULE.finding(
        f"the program loads its images, makes {program.name}, and ends; no weight is ever changed",
        "train it: model.compile(…) and model.fit(x_train, y_train); or leave that to digitlab train FILE.py",
        line=model_line(seen.subject),
    )
