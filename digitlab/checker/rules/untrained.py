"""DL306, DL401 and DL402: weights that the training does not change, or changes all in the same way."""

from types import NoneType

from digitlab.base.findings import Finding
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rule import STUCK, WILD, Rule, shape_text
from digitlab.checker.where import line_naming, place_naming, quote_after_colon, step_line
from digitlab.programs.capture import Fit
from digitlab.programs.graphs import handle_id
from digitlab.programs.source import message_of

UNCHANGED = Rule(
    code="DL401",
    slug="weights-not-trained",
    severity="error",
    title="some weights are never changed by the training",
    why="A step asks for the gradient of the loss by the weights, and updates them. Weights that are not in that list, "
    "that an operation without a gradient cuts off (argmax, rounding, stop_gradient, NumPy), or that are never passed "
    "to the optimizer keep their random start, and the rest of the model has to work around them.",
    wrong="gradients = tape.gradient(loss, model.layers[-1].trainable_variables)\n"
    "optimizer.apply_gradients(zip(gradients, model.layers[-1].trainable_variables))",
    right="gradients = tape.gradient(loss, model.trainable_variables)\n"
    "optimizer.apply_gradients(zip(gradients, model.trainable_variables))",
    explains=STUCK | {"frozen-weights", "identical-units"},
)
FROZEN = Rule(
    code="DL306",
    slug="frozen-weights",
    severity="warning",
    title="weights of the model are frozen at their random start",
    why="A layer with trainable=False keeps the weights that it started with. That is right for pretrained weights; "
    "random ones mix the pixels arbitrarily, and the rest of the model has to work around them.",
    wrong="hidden = layers.Dense(128, activation='relu', trainable=False)",
    right="hidden = layers.Dense(128, activation='relu')",
)
IDENTICAL = Rule(
    code="DL402",
    slug="identical-units",
    severity="error",
    title="the units of a hidden layer start equal, and stay equal",
    why="Units with the same weights get the same gradient, so a step leaves them equal: a layer of 128 units does "
    "the work of one. Weights of hidden layers have to start at random. (In softmax regression a start at zero is "
    "harmless: its ten units have different labels.)",
    wrong="layers.Dense(128, activation='relu', kernel_initializer='zeros')",
    right="layers.Dense(128, activation='relu')  # glorot_uniform, the default",
    explains=WILD | STUCK,
)

MAX_SHAPES = 4


def check_unchanged(seen: Observations) -> Finding | None:
    """The weights before and after steps on different batches, from random weights."""
    steps, weights = seen.steps.eager, seen.probe.weights
    if not seen.answers.usable or not weights:
        return None
    if not steps:
        return _no_step(seen)
    changed = [any(one.changed[index] for one in steps) for index in range(len(weights))]
    if not any(changed) and _updates_elsewhere(seen):
        return None
    idle = {handle_id(weight) for weight in seen.graph.idle_weights}  # of unused layers: DL304
    pairs = zip(weights, changed, strict=True)
    unchanged = [weight for weight, moved in pairs if not moved and handle_id(weight) not in idle]
    if not unchanged:
        return None
    only_vectors = not any(len(weight.shape) >= 2 for weight in unchanged)  # these may have a gradient of zero
    if any(changed) and only_vectors and not _are_left_out(seen, unchanged):
        return None
    shapes = ", ".join(shape_text(weight.shape) or "a number" for weight in unchanged[:MAX_SHAPES])
    if any(changed):
        line = line_naming(seen.subject, "stop_gradient", "apply_gradients", "minimize", "assign_sub")
        fix = "ask for the gradients of all weights (model.trainable_variables) and apply them"
    else:
        line = step_line(seen.subject)
        fix = "end the step with optimizer.apply_gradients(zip(gradients, variables))"
    return UNCHANGED.finding(
        f"{len(steps)} steps from random weights left {len(unchanged)} of {len(changed)} weights exactly as they "
        f"were: {shapes}",
        f"{fix}{quote_after_colon(seen.subject, line)}",
        line=line,
    )


def _no_step(seen: Observations) -> Finding | None:
    """The finding for a step without any gradient, and for a model without one."""
    error, program, failed = seen.probe.failures.get("step"), seen.subject.program, seen.steps.failed
    if failed is None or failed.outputs is None or "predictions" in seen.probe.failures:
        return None
    if error is not None and program is not None and program.step is None and not failed.sources:
        return UNCHANGED.finding(
            f"the model predicts, and its gradient cannot be computed: {message_of(error)}",
            "compute with TensorFlow all the way from the images to the predictions",
            at=place_naming(seen.subject, "py_function", "numpy_function", "numpy", "call"),
        )
    if seen.subject.step is None or error is not None or failed.loss is not None or _updates_elsewhere(seen):
        return None
    return UNCHANGED.finding(
        f"a step asks for no gradient, and leaves all {len(seen.probe.weights)} weights exactly as they were",
        "gradients = tape.gradient(loss, variables), and optimizer.apply_gradients(zip(gradients, variables))",
        line=step_line(seen.subject),
    )


def _updates_elsewhere(seen: Observations) -> bool:
    """Whether the program accumulates gradients and changes weights only every few steps."""
    program = seen.subject.program
    return program is not None and program.changes and not isinstance(program.step, Fit | NoneType)


def _are_left_out(seen: Observations, weights: list[object]) -> bool:
    """Whether no step asked for the gradient of these weights."""
    asked = {handle_id(one) for step in seen.steps.eager for one in step.record.sources}
    return bool(asked) and all(handle_id(one) not in asked for one in weights)


def check_frozen(seen: Observations) -> Finding | None:
    """Weight matrices that are not trainable."""
    graph = seen.graph.operations
    if graph is None:
        return None
    frozen = [one for one in graph.weighted if one.variable is not None and seen.graph.is_frozen(one.variable)]
    if not frozen:
        return None
    shapes = ", ".join(shape_text(one.kernel) for one in frozen[:MAX_SHAPES])
    return FROZEN.finding(
        f"{len(frozen)} of {len(graph.weighted)} weight matrices are not trainable: {shapes}",
        "remove trainable=False",
        at=place_naming(seen.subject, "trainable"),
    )


def check_identical(seen: Observations) -> Finding | None:
    """Matrices of which all columns are still equal after three steps from the start."""
    shapes = seen.learning.identical_units
    if not shapes:
        return None
    return IDENTICAL.finding(
        f"after three steps all {shapes[0][-1]} units have exactly the same weights (in "
        f"{', '.join(map(shape_text, shapes[:MAX_SHAPES]))})",
        "start at random: remove the initializer, or use tf.random.normal(shape, stddev=0.05)",
        at=place_naming(seen.subject, "zeros", "ones", "constant", "Constant", "Zeros", "Ones", "kernel_initializer"),
    )
