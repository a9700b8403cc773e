"""DL409 and DL410: nothing trains the model, or each epoch trains a new one."""

import ast

from digitlab.base.findings import Finding
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rule import Rule
from digitlab.checker.where import model_line, quoted

NEVER = Rule(
    code="DL409",
    slug="never-trained",
    severity="warning",
    title="nothing in this file trains the model",
    why="A model starts with random weights, and recognises one digit in ten by chance. compile only sets how it will "
    "be trained, and a function that nobody calls does nothing: the weights change in fit, or in a loop with a step.",
    wrong="model = keras.Sequential([…])\nmodel.compile('adam', 'sparse_categorical_crossentropy')",
    right="model = keras.Sequential([…])\nmodel.compile('adam', 'sparse_categorical_crossentropy')\n"
    "model.fit(x_train, y_train, epochs=5)",
    needs_file=True,
)
NEW_MODEL = Rule(
    code="DL410",
    slug="new-model-each-epoch",
    severity="error",
    title="a new model is made in every epoch",
    why="An epoch continues where the last one ended. A model that is made inside the loop over the epochs starts at "
    "random each time, and what was learned before is lost: ten epochs then give what one gives.",
    wrong="for epoch in range(10):\n    model = make_model()\n    for images, labels in train: …",
    right="model = make_model()\nfor epoch in range(10):\n    for images, labels in train: …",
    needs_file=True,
)


def check_never(seen: Observations) -> Finding | None:
    """The program ran to its end, and loaded data that no step used."""
    program = seen.subject.program
    if program is None or program.step is not None or not program.data_loaded:
        return None
    return NEVER.finding(
        f"the program loads its images, makes {program.name}, and ends; no weight is ever changed",
        "train it: model.compile(…) and model.fit(x_train, y_train); or leave that to digitlab train FILE.py",
        line=model_line(seen.subject),
    )


def check_new_model(seen: Observations) -> Finding | None:
    """The model that is trained is made in the body of a loop that counts epochs.

    A loop over widths, rates or repetitions makes a new model each time as well, and has to.
    """
    program = seen.subject.program
    if program is None or program.step is None:
        return None
    names = {name for name, value in {**program.local_values, **program.values}.items() if value is program.model}
    for loop in (one for one in ast.walk(program.source.tree) if isinstance(one, ast.For) and _counts_epochs(one)):
        for node in loop.body:
            if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call) or _reads(node.value, loop):
                continue
            if any(isinstance(one, ast.Name) and one.id in names for one in node.targets):
                return NEW_MODEL.finding(
                    "the loop over the epochs makes the model again each time, so an epoch begins at random weights",
                    f"make model and optimizer before the loop: {quoted(seen.subject, node.lineno)}",
                    line=node.lineno,
                )
    return None


def _counts_epochs(loop: ast.For) -> bool:
    """`for … in range(…)` that names epochs, with no other such loop inside: what is meant shows only in the names."""

    def names_epochs(one: ast.AST) -> bool:
        head = f"{ast.unparse(one.target)} {ast.unparse(one.iter)}".lower() if isinstance(one, ast.For) else ""
        return "epoch" in head and "range(" in head

    inner = [one for line in loop.body for one in ast.walk(line)]
    lengths = [one for one in inner if isinstance(one, ast.Call) and ast.unparse(one.func).endswith(("fit", "range"))]
    return names_epochs(loop) and not any(map(names_epochs, inner)) and not any(_reads(one, loop) for one in lengths)


def _reads(value: ast.expr, loop: ast.For) -> bool:
    """Whether `value` depends on the loop's variable, or continues with an existing model."""
    targets = {one.id for one in ast.walk(loop.target) if isinstance(one, ast.Name)}
    if any(isinstance(one, ast.Name) and one.id in targets for one in ast.walk(value)):
        return True
    return any(word in ast.unparse(value) for word in ("load_model", "clone", "copy"))
