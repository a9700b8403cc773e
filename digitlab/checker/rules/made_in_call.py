"""DL305: layers or weights that are made anew at each call."""

from digitlab.checker.findings import STUCK, Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import line_on_the_way, model_line

RULE = Rule(
    code="DL305",
    slug="made-in-call",
    severity="error",
    title="layers or weights are made anew at each call",
    why="What is made inside call() starts at random each time and is thrown away after it: the weights that a "
    "step has improved are not those that the next one uses. Make layers once, in the constructor, and only "
    "use them in call().",
    wrong="def call(self, x):\n    return layers.Dense(10)(x)",
    right="def __init__(self):\n    super().__init__()\n    self.dense = layers.Dense(10)\n\n"
    "def call(self, x):\n    return self.dense(x)",
    explains=STUCK
    | {"batch-dependent", "frozen-weights", "not-in-training-mode"}
    | {"random-at-inference", "unused-layer", "weights-not-trained"},
)


def check(seen: Observations) -> Finding | None:
    """What was made while the model, built already, was called once more."""
    made = seen.made_by_a_call
    if not made:
        return None
    return RULE.finding(
        f"a call of the model, which was built before, made {len(made)} new trainable variables",
        "make them in the constructor (self.dense = layers.Dense(…)), and call self.dense(x)",
        line=line_on_the_way(seen.subject, made[0]) or model_line(seen.subject),
    )
