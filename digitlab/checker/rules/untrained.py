"""DL306, DL401 and DL402: weights that the training does not change, or changes all alike."""

from types import NoneType

from digitlab.checker.findings import STUCK, WILD, Finding, Rule
from digitlab.checker.observe.observations import Observations, plain
from digitlab.checker.where import line_naming, place_naming, quoted, step_line
from digitlab.programs.capture import Fit
from digitlab.programs.source import said

STILL = Rule(
    code="DL401",
    slug="weights-not-trained",
    severity="error",
    title="some weights are never changed by the training",
    why="A step asks for the gradient of the loss by the weights, and moves them. Weights that are left out of that "
    "list, that an operation without a gradient cuts off (argmax, rounding, stop_gradient, NumPy), or that are never "
    "handed to the optimizer keep their random start, while the rest of the model works around them.",
    wrong="gradients = tape.gradient(loss, model.layers[-1].trainable_variables)\n"
    "optimizer.apply_gradients(zip(gradients, model.layers[-1].trainable_variables))",
    right="gradients = tape.gradient(loss, model.trainable_variables)\n"
    "optimizer.apply_gradients(zip(gradients, model.trainable_variables))",
    explains=STUCK | {"frozen-weights", "identical-units"},
)


def check_still(seen: Observations) -> Finding | None:
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
    return STILL.finding(
        f"{len(steps)} steps from random weights left {len(still)} of {len(changed)} weights exactly as they "
        f"were: {shapes}",
        _fix(all_still=not any(changed), where=f": {quoted(seen.subject, line)}" if line else ""),
        line=line,
    )


def _nothing_done(seen: Observations) -> Finding | None:
    """The finding for a step without any gradient, and for a model through which none gets."""
    error, program, failed = seen.failures.get("step"), seen.subject.program, seen.failed
    if failed is None or failed.outputs is None or "answers" in seen.failures:
        return None
    if error is not None and program is not None and program.step is None and not failed.sources:
        return STILL.finding(
            f"the model answers, and the gradient cannot be computed: {said(error)}",
            "compute with TensorFlow all the way from the images to the answer",
            at=place_naming(seen.subject, "py_function", "numpy_function", "numpy", "call"),
        )
    if seen.subject.step is None or error is not None or failed.loss is not None or _updated_elsewhere(seen):
        return None
    return STILL.finding(
        f"a step asks for no gradient, and leaves all {len(seen.weights)} weights exactly as they were",
        "gradients = tape.gradient(loss, variables), and optimizer.apply_gradients(zip(gradients, variables))",
        line=step_line(seen.subject),
    )


def _updated_elsewhere(seen: Observations) -> bool:
    """Whether the program changes weights every so many steps only, which collect gradients."""
    program = seen.subject.program
    return program is not None and program.changes and not isinstance(program.step, Fit | NoneType)


def _left_out(seen: Observations, still: list[object]) -> bool:
    """Whether a step never asked for the gradient of these vectors."""
    asked = {id(getattr(one, "handle", one)) for step in seen.steps_eagerly for one in map(plain, step.record.sources)}
    return bool(asked) and all(id(getattr(one, "handle", one)) not in asked for one in still)


def _fix(*, all_still: bool, where: str) -> str:
    if all_still:
        return f"end the step with optimizer.apply_gradients(zip(gradients, variables)){where}"
    return f"ask for the gradients of all weights (model.trainable_variables) and apply them{where}"


FROZEN = Rule(
    code="DL306",
    slug="frozen-weights",
    severity="warning",
    title="weights of the model are frozen at their random start",
    why="A layer with trainable=False keeps the weights that it started with. That is right for weights that were "
    "trained before; random ones mix the pixels in a way that nobody chose, and the rest has to live with it.",
    wrong="hidden = layers.Dense(128, activation='relu', trainable=False)",
    right="hidden = layers.Dense(128, activation='relu')",
)


def check_frozen(seen: Observations) -> Finding | None:
    """Matrices that images are multiplied with, and that are not trainable."""
    graph = seen.graph
    if graph is None:
        return None
    frozen = [one for one in graph.weighted if one.variable is not None and seen.is_frozen(one.variable)]
    if not frozen:
        return None
    shapes = ", ".join("×".join(map(str, one.kernel)) for one in frozen[:3])
    return FROZEN.finding(
        f"{len(frozen)} of {len(graph.weighted)} matrices of weights are not trainable: {shapes}",
        "leave out trainable=False",
        at=place_naming(seen.subject, "trainable"),
    )


ALIKE = Rule(
    code="DL402",
    slug="identical-units",
    severity="error",
    title="the units of a hidden layer start alike, and stay alike",
    why="Units with the same weights get the same gradient, so a step leaves them equal: a layer of 128 units "
    "then does the work of one. Weights of hidden layers have to start at random. (In softmax regression a "
    "start at zero is harmless: its ten units have different labels to answer for.)",
    wrong="layers.Dense(128, activation='relu', kernel_initializer='zeros')",
    right="layers.Dense(128, activation='relu')  # glorot_uniform, the default",
    explains=WILD | STUCK,
)


def check_alike(seen: Observations) -> Finding | None:
    """Matrices of which all columns are still equal after three steps from the start."""
    alike = seen.still_alike
    if not alike:
        return None
    shapes = ", ".join("×".join(map(str, shape)) for shape in alike[:3])
    return ALIKE.finding(
        f"after three steps all {alike[0][-1]} units have exactly the same weights (in {shapes})",
        "start at random: leave out the initializer, or tf.random.normal(shape, stddev=0.05)",
        at=place_naming(seen.subject, "zeros", "ones", "constant", "Constant", "Zeros", "Ones", "kernel_initializer"),
    )
