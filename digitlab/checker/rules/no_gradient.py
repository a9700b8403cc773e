"""DL401: weights that the loss does not reach, or that the step does not change."""

from __future__ import annotations

import ast

from digitlab.checker.findings import STUCK, Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming, quoted, step_line
from digitlab.programs.source import said

RULE = Rule(
    code="DL401",
    slug="weights-not-trained",
    severity="error",
    title="some weights are never changed by the training",
    why="A step asks for the gradient of the loss by the weights, and moves them. Weights that are left out of "
    "that list, that an operation without a gradient cuts off (argmax, rounding, stop_gradient, NumPy), or "
    "that are never handed to the optimizer keep their random start, while the rest of the model works around "
    "them.",
    wrong="gradients = tape.gradient(loss, model.layers[-1].trainable_variables)\n"
    "optimizer.apply_gradients(zip(gradients, model.layers[-1].trainable_variables))",
    right="gradients = tape.gradient(loss, model.trainable_variables)\n"
    "optimizer.apply_gradients(zip(gradients, model.trainable_variables))",
    explains=STUCK | {"frozen-weights", "identical-units"},
)


def check(seen: Observations) -> Finding | None:
    """The weights before and after steps on different batches, from random weights."""
    steps = seen.steps_eagerly
    if not seen.usable or not seen.weights:
        return None
    if not steps:
        return _nothing_done(seen)
    changed = [any(one.changed[index] for one in steps) for index in range(len(seen.weights))]
    if not any(changed) and _updated_elsewhere(seen):
        return None
    idle = {id(weight.handle) for weight in seen.idle_weights}  # of layers whose results nobody uses: DL304
    pairs = zip(seen.weights, changed, strict=True)
    still = [weight for weight, moved in pairs if not moved and id(weight.handle) not in idle]
    if not still:
        return None
    if any(changed) and not any(len(weight.shape) >= 2 for weight in still) and not _left_out(seen, still):
        return None
    shapes = ", ".join("×".join(map(str, weight.shape)) or "a number" for weight in still[:4])
    names = ("stop_gradient", "apply_gradients", "minimize", "assign_sub")
    line = line_naming(seen.subject, *names) if any(changed) else step_line(seen.subject)
    return RULE.finding(
        f"{len(steps)} steps from random weights left {len(still)} of {len(changed)} weights exactly as they "
        f"were: {shapes}",
        _fix(all_still=not any(changed), where=f": {quoted(seen.subject, line)}" if line else ""),
        line=line,
    )


def _nothing_done(seen: Observations) -> Finding | None:
    """The finding for a step without any gradient, and for a model through which none gets."""
    error, program = seen.failures.get("step"), seen.subject.program
    if error is not None and program is not None and program.step is None and seen.weights:
        line = line_naming(seen.subject, "py_function", "numpy_function", "numpy", "call")
        return RULE.finding(
            f"the model answers, and the gradient cannot be computed: {said(error)}",
            f"compute with TensorFlow all the way from the images to the answer{at(seen.subject, line)}",
            line=line,
        )
    if not seen.does_nothing or _updated_elsewhere(seen):
        return None
    return RULE.finding(
        f"a step asks for no gradient, and leaves all {len(seen.weights)} weights exactly as they were",
        "gradients = tape.gradient(loss, variables), and optimizer.apply_gradients(zip(gradients, variables))",
        line=step_line(seen.subject),
    )


def _updated_elsewhere(seen: Observations) -> bool:
    """Whether the file changes weights outside of the step, which then may only collect gradients."""
    program = seen.subject.program
    if program is None:
        return False
    names = {"apply_gradients", "apply", "minimize", "assign", "assign_sub", "assign_add"}
    return any(isinstance(node, ast.Attribute) and node.attr in names for node in ast.walk(program.source.tree))


def _left_out(seen: Observations, still: list[object]) -> bool:
    """Whether a step never asked for the gradient of these vectors."""
    asked = {id(getattr(one, "handle", one)) for step in seen.steps_eagerly for one in _plain(step.record.sources)}
    return bool(asked) and all(id(getattr(one, "handle", one)) not in asked for one in still)


def _plain(sources: list[object]) -> list[object]:
    return [getattr(one, "value", one) if hasattr(one, "path") else one for one in sources]


def _fix(*, all_still: bool, where: str) -> str:
    if all_still:
        return f"end the step with optimizer.apply_gradients(zip(gradients, variables)){where}"
    return f"ask for the gradients of all weights (model.trainable_variables) and apply them{where}"
