"""DL304: a layer that was made and that no answer is made with."""

import ast

import keras

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import place_naming

RULE = Rule(
    code="DL304",
    slug="unused-layer",
    severity="warning",
    title="a layer is made and never used",
    why="A layer that call() does not mention, or whose result it drops, changes nothing: the network is another one "
    "than its constructor says. It is easily forgotten, since nothing complains.",
    wrong="self.hidden = layers.Dense(128, activation='relu')\n…\ndef call(self, x):\n    return self.out(x)",
    right="def call(self, x):\n    return self.out(self.hidden(x))",
)


def check(seen: Observations) -> Finding | None:
    """Keras layers of the model that no call reached or no answer depends on, in inference, in training, or a step."""
    model = seen.subject.keras_model
    if model is None or seen.at_start is None or seen.while_training is None:
        return None
    steps, weights = seen.steps_eagerly, seen.weights  # a step may call, and train, more than the model
    moved = {id(one.handle) for step in steps for one, changed in zip(weights, step.changed, strict=True) if changed}
    lost = {id(one.handle) for one in seen.idle_weights} - moved

    def is_idle(layer: keras.layers.Layer) -> bool:
        handles = {id(one.value.handle) for one in layer.trainable_weights}
        return not seen.called(layer) or (bool(handles) and handles <= lost)

    holders = [model, *(layer for layer in model._flatten_layers(include_self=False) if _is_own(layer))]
    idle = [pair for holder in holders for pair in _layers(holder) if is_idle(pair[1])]
    idle += _outside_of_models(seen)
    idle = [(name, layer) for name, layer in idle if not _used_elsewhere(seen, name)]
    if not idle:
        return None
    names = ", ".join(f"{name} ({type(layer).__name__})" for name, layer in idle[:3])
    return RULE.finding(
        f"no answer of the model is made with {names}" + (f" and {len(idle) - 3} more" if len(idle) > 3 else ""),
        "use its result in call(), or take it out",
        at=place_naming(seen.subject, idle[0][0]),
    )


def _is_own(layer: keras.layers.Layer) -> bool:
    """Whether its class was written by hand: what those of Keras hold is not the user's to call."""
    return not type(layer).__module__.startswith("keras.")


def _layers(holder: keras.layers.Layer) -> list[tuple[str, keras.layers.Layer]]:
    """The layers of a model or layer by the name of their attribute; those that only hold an input are none."""
    found = []
    for name, value in vars(holder).items():
        values = value if isinstance(value, list | tuple) else [value]
        if name.startswith("_"):
            continue
        layers = [one for one in values if isinstance(one, keras.layers.Layer)]
        found += [(name, one) for one in layers if not isinstance(one, keras.layers.InputLayer)]
    return found


def _outside_of_models(seen: Observations) -> list[tuple[str, keras.layers.Layer]]:
    """Layers of the functional API that no model of the file has: they end after one that it has, or have a name."""
    program = seen.subject.program
    if program is None:
        return []
    values = {**program.local_values, **program.values}
    models = [value for value in values.values() if isinstance(value, keras.Model)]
    known = {id(layer): layer for model in models for layer in model._flatten_layers()}
    answers = {tensor.shape for model in models for tensor in getattr(model, "outputs", None) or []}
    after = [(layer.name, layer) for one in known.values() for layer in _ending_after(one, answers)]
    named = [(name, layer) for name, value in program.values.items() for layer in _behind(value)]
    idle = {id(layer): (name, layer) for name, layer in [*after, *named] if id(layer) not in known and layer.weights}
    return list(idle.values()) if models else []


def _ending_after(layer: keras.layers.Layer, answers: set[tuple[int | None, ...]]) -> list[keras.layers.Layer]:
    """The layers that took its results in the functional API and whose own nothing takes.

    One that gives what a model gives may be the end of a model that the file no longer has, as of a loop over widths.
    """
    ends = [node for node in layer._outbound_nodes if node.operation and not node.operation._outbound_nodes]
    lost = [node.operation for node in ends if node.outputs[0].shape not in answers]
    return [one for one in lost if isinstance(one, keras.layers.Layer)]


def _behind(value: object) -> list[keras.layers.Layer]:
    """The layers that a tensor of the functional API came through, last first; none for what is no such tensor."""
    found: list[keras.layers.Layer] = []
    todo = [value] if isinstance(value, keras.KerasTensor) else []
    while todo:
        history = todo.pop()._keras_history
        if isinstance(history.operation, keras.layers.Layer) and history.operation not in found:
            found.append(history.operation)
            todo += history.operation._inbound_nodes[history.node_index].input_tensors
    return found


def _used_elsewhere(seen: Observations, name: str) -> bool:
    """Whether the file reads the attribute in another method than the constructor: for prediction only, say."""
    program = seen.subject.program
    if program is None:
        return False
    for node in ast.walk(program.source.tree):
        other = isinstance(node, ast.FunctionDef) and node.name not in ("__init__", "call", "build")
        if other and any(isinstance(one, ast.Attribute) and one.attr == name for one in ast.walk(node)):
            return True
    outside = [node for node in program.source.tree.body if not isinstance(node, ast.ClassDef)]
    return any(isinstance(one, ast.Attribute) and one.attr == name for node in outside for one in ast.walk(node))
