"""DL304: a layer that no prediction depends on."""

import ast

import keras

from digitlab.base.findings import Finding
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rule import Rule
from digitlab.checker.where import place_naming
from digitlab.programs.graphs import handle_id

RULE = Rule(
    code="DL304",
    slug="unused-layer",
    severity="warning",
    title="a layer is made and never used",
    why="A layer that call() does not mention, or whose result it drops, changes nothing: the network is not the one "
    "that its constructor describes. This is easily overlooked, since there is no error.",
    wrong="self.hidden = layers.Dense(128, activation='relu')\n…\ndef call(self, x):\n    return self.out(x)",
    right="def call(self, x):\n    return self.out(self.hidden(x))",
)

MAX_NAMES = 3
Named = tuple[str, keras.layers.Layer]


def check(seen: Observations) -> Finding | None:
    """Keras layers of the model that no call reached or no prediction depends on, in inference, training, or a step."""
    model = seen.subject.keras_model
    if model is None or seen.answers.at_start is None or seen.answers.in_training is None:
        return None
    steps, weights = seen.steps.eager, seen.probe.weights  # a step may call, and train, more than the model
    moved = {handle_id(one) for step in steps for one, changed in zip(weights, step.changed, strict=True) if changed}
    lost = {handle_id(one) for one in seen.graph.idle_weights} - moved

    def is_idle(layer: keras.layers.Layer) -> bool:
        handles = {handle_id(one) for one in layer.trainable_weights}
        return not seen.graph.is_called(layer) or (bool(handles) and handles <= lost)

    # What layers of Keras contain is not the user's to call.
    inner = model._flatten_layers(include_self=False)
    owners = [model, *(layer for layer in inner if not type(layer).__module__.startswith("keras."))]
    idle = [pair for owner in owners for pair in _layers_of(owner) if is_idle(pair[1])] + _outside_of_models(seen)
    idle = [(name, layer) for name, layer in idle if not _is_used_elsewhere(seen, name)]
    if not idle:
        return None
    names = ", ".join(f"{name} ({type(layer).__name__})" for name, layer in idle[:MAX_NAMES])
    more = f" and {len(idle) - MAX_NAMES} more" if len(idle) > MAX_NAMES else ""
    return RULE.finding(
        f"no prediction of the model depends on {names}{more}",
        "use its result in call(), or remove it",
        at=place_naming(seen.subject, idle[0][0]),
    )


def _layers_of(owner: keras.layers.Layer) -> list[Named]:
    """The layers of a model or layer by the name of their attribute, input layers aside."""
    found = []
    for name, value in vars(owner).items():
        values = value if isinstance(value, list | tuple) else [value]
        layers = [] if name.startswith("_") else [one for one in values if isinstance(one, keras.layers.Layer)]
        found += [(name, one) for one in layers if not isinstance(one, keras.layers.InputLayer)]
    return found


def _outside_of_models(seen: Observations) -> list[Named]:
    """Layers of the functional API outside of the file's models: they follow a model's layer, or have a name."""
    program = seen.subject.program
    values = {**program.local_values, **program.values} if program is not None else {}
    models = [value for value in values.values() if isinstance(value, keras.Model)]
    if program is None or not models:
        return []
    known = {id(layer): layer for model in models for layer in model._flatten_layers()}
    outputs = {tensor.shape for model in models for tensor in getattr(model, "outputs", None) or []}
    following = [(layer.name, layer) for one in known.values() for layer in _dead_ends_after(one, outputs)]
    named = [(name, layer) for name, value in program.values.items() for layer in _behind(value)]
    idle = {id(layer): (name, layer) for name, layer in [*following, *named] if id(layer) not in known}
    return [(name, layer) for name, layer in idle.values() if layer.weights]


def _dead_ends_after(layer: keras.layers.Layer, outputs: set[tuple[int | None, ...]]) -> list[keras.layers.Layer]:
    """The layers that take its results in the functional API and whose own results nothing takes.

    One with the shape of a model's output may be the end of a model that the file no longer has, as in a loop over
    widths.
    """
    ends = [node for node in layer._outbound_nodes if node.operation and not node.operation._outbound_nodes]
    lost = [node.operation for node in ends if node.outputs[0].shape not in outputs]
    return [one for one in lost if isinstance(one, keras.layers.Layer)]


def _behind(value: object) -> list[keras.layers.Layer]:
    """The layers that a tensor of the functional API came through, last first; none for any other value."""
    found: list[keras.layers.Layer] = []
    todo = [value] if isinstance(value, keras.KerasTensor) else []
    while todo:
        history = todo.pop()._keras_history
        if isinstance(history.operation, keras.layers.Layer) and history.operation not in found:
            found.append(history.operation)
            todo += history.operation._inbound_nodes[history.node_index].input_tensors
    return found


def _is_used_elsewhere(seen: Observations, name: str) -> bool:
    """Whether the file reads the attribute outside of the constructor and `call`: for prediction only, for example."""
    program = seen.subject.program
    if program is None:
        return False
    methods = [node for node in ast.walk(program.source.tree) if isinstance(node, ast.FunctionDef)]
    others = [node for node in methods if node.name not in ("__init__", "call", "build")]
    outside = [node for node in program.source.tree.body if not isinstance(node, ast.ClassDef)]
    nodes = [one for node in (*others, *outside) for one in ast.walk(node)]
    return any(isinstance(one, ast.Attribute) and one.attr == name for one in nodes)
