"""DL305 and DL307: layers that are made again at each call, or one where several were intended."""

import ast
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from digitlab.base.findings import Finding
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rule import STUCK, Rule
from digitlab.checker.where import line_in_stack, model_line, place_naming, quote_after_colon

IN_CALL = Rule(
    code="DL305",
    slug="made-in-call",
    severity="error",
    title="layers or weights are made again at each call",
    why="What is made inside call() starts at random each time and is thrown away after it: the weights that a step "
    "has improved are not those that the next one uses. Make layers once, in the constructor, and only use them in "
    "call().",
    wrong="def call(self, x):\n    return layers.Dense(10)(x)",
    right="def __init__(self):\n    super().__init__()\n    self.dense = layers.Dense(10)\n\n"
    "def call(self, x):\n    return self.dense(x)",
    explains=STUCK
    | {"batch-dependent", "frozen-weights", "not-in-training-mode"}
    | {"random-at-inference", "unused-layer", "weights-not-trained"},
)
SHARED = Rule(
    code="DL307",
    slug="shared-by-accident",
    severity="warning",
    title="a list contains the same layer or weights more than once",
    why="[layer] * 3 does not make three layers: it puts one layer into the list three times. All places then share "
    "their weights, the network has fewer parameters than it seems, and none of the places can learn by itself.",
    wrong="self.hidden = [layers.Dense(64, activation='relu')] * 3",
    right="self.hidden = [layers.Dense(64, activation='relu') for _ in range(3)]",
)


def check_in_call(seen: Observations) -> Finding | None:
    """What was made while the model, built already, was called once more."""
    made = seen.graph.made_by_a_call
    if not made:
        return None
    return IN_CALL.finding(
        f"a call of the model, which was built before, made {len(made)} new trainable variables",
        "make them in the constructor (self.dense = layers.Dense(…)), and call self.dense(x)",
        line=line_in_stack(seen.subject, made[0]) or model_line(seen.subject),
    )


def check_shared(seen: Observations) -> Finding | None:
    """Lists that contain an object with weights more than once; two names of one object."""
    for name, values in _lists(seen):
        with_weights = [one for one in values if isinstance(one, keras.layers.Layer | tf.Variable | keras.Variable)]
        times = [sum(one is other for other in with_weights) for one in with_weights]
        if times and max(times) > 1:
            return SHARED.finding(
                f"the list {name} has {len(with_weights)} places and the same {type(values[0]).__name__} in "
                f"{max(times)} of them",
                f"make one for each: [… for _ in range({len(with_weights)})]",
                at=place_naming(seen.subject, name),
            )
    return _two_names(seen)


def _two_names(seen: Observations) -> Finding | None:
    """`b1 = b2 = tf.Variable(…)` makes one variable."""
    program = seen.subject.program
    for node in ast.walk(program.source.tree) if program is not None else ():
        if not isinstance(node, ast.Assign) or len(node.targets) < 2 or not isinstance(node.value, ast.Call):
            continue
        names = [ast.unparse(target) for target in node.targets]
        value = program.values.get(names[0]) if program is not None else None
        if isinstance(value, tf.Variable | keras.Variable) or (isinstance(value, keras.layers.Layer) and value.weights):
            return SHARED.finding(
                f"{' and '.join(names)} are two names of one {type(value).__name__}",
                f"make one for each{quote_after_colon(seen.subject, node.lineno)}",
                line=node.lineno,
            )
    return None


def _lists(seen: Observations) -> Iterator[tuple[str, list[Any]]]:
    owners = [vars(seen.subject.model)] if hasattr(seen.subject.model, "__dict__") else []
    if seen.subject.program is not None:
        owners.append(seen.subject.program.values)
    for owner in owners:
        for name, value in list(owner.items()):
            if isinstance(value, list | tuple) and not name.startswith("_"):
                yield name, list(value)
