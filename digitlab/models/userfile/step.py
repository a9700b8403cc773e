"""The user's train step in the form that the compiled epoch takes.

A step as students write it takes (images, labels) or (model, images, labels), and returns the loss, the loss and
predictions, or nothing: then it keeps both in Keras metrics.  It is compiled once, without being run, to see which.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from digitlab.errors import ModelFileError
from digitlab.models.userfile.loss import LabelForm, label_forms
from digitlab.models.userfile.parts import find_loss, find_optimizer, metrics_of
from digitlab.models.userfile.running import Namespace
from digitlab.programs.stage import undisturbed
from digitlab.programs.tracing import variables_of

# (model, images float32 [batch, *image_shape], labels float32 [batch, classes] one-hot)
# → (loss, a scalar; predictions [batch, classes], or the number of images recognised: int32, a scalar)
TrainStep = Callable[[keras.Model, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]

MODEL_NAMES = ("model", "net", "network")
# Metrics of which `result` is the share of images whose greatest prediction is at their label.
ACCURACIES = (keras.metrics.CategoricalAccuracy, keras.metrics.SparseCategoricalAccuracy, keras.metrics.Accuracy)
WHAT_TO_RETURN = "end the step with: return loss, predictions"


@dataclass(frozen=True)
class _Own:
    """A step of the user's, and what it is given besides images and labels."""

    name: str
    line: int
    function: Callable[..., Any]
    parameters: tuple[str, ...]
    others: Mapping[str, Any]

    def __call__(self, model: keras.Model, images: tf.Tensor, labels: tf.Tensor) -> Any:
        data = iter((images, labels))
        given = [
            model if name in MODEL_NAMES else self.others[name] if name in self.others else next(data)
            for name in self.parameters
        ]
        return self.function(*given)


@dataclass(frozen=True)
class _Traced:
    """What a step does, seen while it was compiled."""

    form: LabelForm
    returned: Any
    variables: tuple[tf.Variable, ...]  # those that it reads or writes, but for the metrics'
    metrics: dict[str, keras.metrics.Metric]  # those that it keeps


def normalised_step(
    namespace: Namespace,
    name: str | None,
    model: keras.Model,
    shape: tuple[int, ...],
    classes: int,
    whole_labels: bool | None,
) -> tuple[TrainStep, tuple[tf.Variable, ...]]:
    """The user's step in the form of a `TrainStep`, and the variables that it reads or writes.

    Args:
        namespace: what the file defined.
        name: of the step's function; None: the model's own method.
        model: what it trains.
        shape: of an image as the step takes it.
        classes: how many there are.
        whole_labels: labels are class numbers; None: to be found out.

    Raises:
        ModelFileError: its parameters, its own errors, or what it returns.
    """
    own = _own(namespace, name, model) if name else _method(model)
    traced = _trace(own, namespace, model, shape, classes, whole_labels)
    _refuse_other_model(own, traced, namespace, model)
    return _Reader(own, traced, namespace, classes).step(), traced.variables


def raw_step(
    namespace: Namespace, name: str | None, model: keras.Model | None
) -> tuple[Callable[[Any, Any], Any], int]:
    """The user's step as it is, (images, labels) → what it returns, and its line.

    Raises:
        ModelFileError: it takes other arguments than images and labels.
    """
    own = _own(namespace, name, model) if name else _method(model)
    return lambda images, labels: own(model, images, labels), own.line


def _own(namespace: Namespace, name: str, model: keras.Model) -> _Own:
    function, line = namespace.values[name], namespace.lines[name]
    signature = inspect.signature(getattr(function, "python_function", function))
    parameters = [
        one.name
        for one in signature.parameters.values()
        if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
    ]
    others = _others(parameters, namespace, model)
    data = [one for one in parameters if one not in others and one not in MODEL_NAMES]
    if len(data) == 3 and len(parameters) == 3:  # a first one that is called neither «model» nor «net»
        return _Own(name, line, lambda model, images, labels: function(model, images, labels), ("model", *data[1:]), {})
    if len(data) != 2:
        raise namespace.source.error(
            line,
            f"{name} takes other arguments than images and labels",
            found=f"{name}({', '.join(parameters)})",
            remedy=f"write it as {name}(images, labels) or {name}(model, images, labels)",
        )
    return _Own(name, line, function, tuple(parameters), others)


def has_own_method(model: keras.Model) -> bool:
    """Whether the model brings a `train_step(self, data)`, as `fit` would call it."""
    return type(model).train_step is not keras.Model.train_step and not isinstance(model, keras.Sequential)


def _method(model: keras.Model) -> _Own:
    """The model's own `train_step(self, data)`."""

    def step(model: keras.Model, images: tf.Tensor, labels: tf.Tensor) -> Any:
        return model.train_step((images, labels))

    method = inspect.unwrap(type(model).train_step)
    return _Own("train_step", method.__code__.co_firstlineno, step, ("model", "images", "labels"), {})


def _others(parameters: list[str], namespace: Namespace, model: keras.Model) -> dict[str, Any]:
    """What a step asks for by name: optimizer and loss."""
    others = {}
    for name in parameters:
        if name.startswith("opt"):
            others[name] = find_optimizer(namespace, model)
        elif "loss" in name or name == "criterion":
            others[name] = find_loss(namespace, model)
    return others


def _trace(
    own: _Own, namespace: Namespace, model: keras.Model, shape: tuple[int, ...], classes: int, whole: bool | None
) -> _Traced:
    """Compile the step for one-hot labels or for class numbers, whichever it takes; nothing is computed."""
    images, labels = tf.TensorSpec([None, *shape], tf.float32), tf.TensorSpec([None, classes], tf.float32)
    failures: list[Exception] = []
    for form in label_forms(whole):

        def call(images: tf.Tensor, labels: tf.Tensor, form: LabelForm = form) -> Any:
            return own(model, images, form(labels))

        try:
            with undisturbed(namespace.source):
                compiled = tf.function(call).get_concrete_function(images, labels)
        except Exception as error:
            failures.append(error)
        else:
            return _traced(form, compiled, metrics_of(namespace, model))
    raise _cannot_compile(own, namespace, failures[0])


def _traced(form: LabelForm, compiled: Any, metrics: dict[str, keras.metrics.Metric]) -> _Traced:
    touched = {id(tensor) for tensor in compiled.captured_inputs}
    used = {name: one for name, one in metrics.items() if any(id(part.handle) in touched for part in one.variables)}
    of_metrics = {id(part.handle) for metric in used.values() for part in metric.variables}
    variables = tuple(one for one in variables_of(compiled) if id(one.handle) not in of_metrics)
    return _Traced(form, compiled.structured_outputs, variables, used)


def _refuse_other_model(own: _Own, traced: _Traced, namespace: Namespace, model: keras.Model) -> None:
    """A step that closes over a model trains that one, even if another was asked for."""
    touched = {id(variable.handle) for variable in traced.variables}
    if model.variables and not any(id(variable.handle) in touched for variable in model.variables):
        raise namespace.source.error(
            own.line,
            f"{own.name} trains another model than the one that was asked for",
            found=f"it uses no weight of this {type(model).__name__}",
            remedy=f"write it as {own.name}(model, images, labels), so that it trains the model that it is given",
        )


def _cannot_compile(own: _Own, namespace: Namespace, error: Exception) -> ModelFileError:
    told = namespace.error_of(error, f"{own.name} is compiled")
    if "numpy" in str(error) or "float()" in str(error) or "__float__" in str(error):
        return type(told)(
            told.problem,
            found=told.found,
            remedy="the step runs as a graph: return the tensors themselves, without .numpy(), float() or int()",
        )
    return told


class _Reader:
    """Finds loss and predictions in what a step returns, or in the metrics that it keeps."""

    def __init__(self, own: _Own, traced: _Traced, namespace: Namespace, classes: int) -> None:
        self._own = own
        self._form = traced.form
        used = traced.metrics
        self._metrics = list(used.values())
        self._loss_metric = _mean_of_loss(used)
        self._accuracy = next((metric for metric in used.values() if type(metric) in ACCURACIES), None)
        flat = _flat(traced.returned)
        self._loss_at = _position_of_loss(traced.returned)
        self._predictions_at = next((at for at, one in flat if _is_rows(one, classes)), None)
        if self._loss_at is None and self._loss_metric is None:
            raise _returns_no_loss(own, namespace, traced.returned)

    def step(self) -> TrainStep:
        def train_step(model: keras.Model, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            for metric in self._metrics:
                metric.reset_state()  # so that they tell of this step only
            before = model(images, training=False) if self._predicts_itself else None
            returned = dict(_flat(self._own(model, images, self._form(labels))))
            return self._loss(returned), self._answer(returned, before, images)

        return train_step

    @property
    def _predicts_itself(self) -> bool:
        """Whether nothing tells how many were right, so that the model is asked once more, before the update."""
        return self._predictions_at is None and self._accuracy is None

    def _loss(self, returned: dict[Any, tf.Tensor]) -> tf.Tensor:
        if self._loss_at is None:
            assert self._loss_metric is not None
            return self._loss_metric.result()
        return tf.reduce_mean(tf.cast(returned[self._loss_at], tf.float32))

    def _answer(self, returned: dict[Any, tf.Tensor], before: tf.Tensor | None, images: tf.Tensor) -> tf.Tensor:
        if self._predictions_at is not None:
            return returned[self._predictions_at]
        if self._accuracy is None:
            return before
        share = tf.cast(self._accuracy.result(), tf.float32)
        return tf.cast(tf.round(share * tf.cast(tf.shape(images)[0], tf.float32)), tf.int32)


def _flat(returned: Any) -> list[tuple[Any, Any]]:
    """What a step returned, with the place or name of each part."""
    if returned is None:
        return []
    if isinstance(returned, Mapping):
        return list(returned.items())
    return list(enumerate(returned)) if isinstance(returned, list | tuple) else [(0, returned)]


def _position_of_loss(returned: Any) -> Any | None:
    """Where the loss is: under its name, or the first that is a number, or a number for each image."""
    parts = [(at, one) for at, one in _flat(returned) if hasattr(one, "shape")]
    named = [at for at, _ in parts if isinstance(at, str) and "loss" in at.lower()]
    by_rank = [at for rank in (0, 1) for at, one in parts if one.shape.rank == rank and one.dtype.is_floating]
    return next(iter([*named, *by_rank]), None)


def _is_rows(one: Any, classes: int) -> bool:
    return hasattr(one, "shape") and one.shape.rank == 2 and one.shape[-1] == classes and one.dtype.is_floating


def _mean_of_loss(used: dict[str, keras.metrics.Metric]) -> keras.metrics.Metric | None:
    """The running mean that a step keeps of its loss: one called so, or the only one."""
    means = {name: metric for name, metric in used.items() if type(metric) is keras.metrics.Mean}
    called = [metric for name, metric in means.items() if "loss" in name.lower() or "loss" in metric.name.lower()]
    return called[0] if called else next(iter(means.values())) if len(means) == 1 else None


def _returns_no_loss(own: _Own, namespace: Namespace, returned: Any) -> ModelFileError:
    if returned is None:
        problem, found = f"{own.name} returns nothing", "neither a loss nor a keras.metrics.Mean that it updates"
    else:
        shapes = ", ".join(str(getattr(one, "shape", type(one).__name__)) for _, one in _flat(returned))
        problem, found = f"{own.name} returns no loss", f"it returns {shapes}"
    return namespace.source.error(own.line, problem, found=found, remedy=WHAT_TO_RETURN)
