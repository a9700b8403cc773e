"""Reports what a program does while it runs; the one place that patches TensorFlow and Keras."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import CodeType, FrameType
from typing import Any

import keras
import tensorflow as tf

from digitlab.programs.call import Call, are_images, code_of, parameters_of
from digitlab.programs.stage import replaced


class Observer:
    """Is told what a program does; a subclass overrides the events that it needs.

    Where nothing has to be done, a method has a body all the same, since AutoGraph cannot convert one without.
    """

    def gradient(self, compute: Callable[[], Any], target: Any, sources: Any) -> Any:
        """A tape computes a gradient; `compute` does it."""
        return compute()

    def fit(self, model: keras.Model, proceed: Callable[[], Any], x: Any, y: Any, options: dict[str, Any]) -> Any:
        """`fit` or `train_on_batch` of a model is called; `proceed` does it."""
        return proceed()

    def predict(self, name: str, arguments: dict[str, Any], proceed: Callable[..., Any]) -> Any:
        """A model's `evaluate`, `predict` or `predict_on_batch` is called; `proceed` does it, with changes."""
        return proceed()

    def layer_called(self, layer: keras.layers.Layer, inputs: Any, outputs: Any, depth: int) -> None:
        """A Keras layer (or model) gave `outputs`, inside `depth` other calls."""
        return

    def function_called(self, frame: FrameType, arguments: dict[str, Any], value: Any, depth: int) -> None:
        """A function of the program returned `value`."""
        return

    def model_called(self, images: Any, outputs: Any) -> Any:
        """The observed model gave `outputs`; what this returns replaces them."""
        return outputs

    def optimizer_applied(self, optimizer: keras.optimizers.Optimizer) -> None:
        """An optimizer changes weights."""
        return

    def loss_called(self, loss: keras.losses.Loss) -> None:
        """A loss of Keras is called."""
        return

    def variable_made(self, variable: tf.Variable) -> None:
        """A variable was created."""
        return


def by_variables(sources: Any) -> bool:
    """Whether a gradient is asked by variables, even by none of them, and not by pixels, for example."""
    flat = tf.nest.flatten(sources)
    return not flat or any(isinstance(one, tf.Variable | keras.Variable) for one in flat)


@contextmanager
def observing(observer: Observer, *, model: Any = None, path: str | None = None) -> Iterator[None]:
    """Report to `observer` what runs in the block.

    Also the calls of `model`, a Keras layer, a `Call`, or a function, and those of all functions of the file at `path`.
    """
    depth = _Depth()
    with ExitStack() as stack:
        for owner, name, patch in _patches(observer, depth, model):
            stack.enter_context(replaced(owner, name, patch(getattr(owner, name))))
        stack.enter_context(tf.variable_creator_scope(_creator(observer)))
        if isinstance(model, Call) or code_of(model) is not None:
            stack.enter_context(_function_observed(observer, model))
        if path is not None:
            stack.enter_context(profiled(lambda code: code.co_filename == path, observer.function_called, depth))
        yield


class _Depth:
    """How many calls are running."""

    value = 0


Patch = Callable[[Callable[..., Any]], Callable[..., Any]]


def _patches(observer: Observer, depth: _Depth, model: Any) -> Iterator[tuple[Any, str, Patch]]:
    yield tf.GradientTape, "gradient", lambda real: _gradient(observer, real)
    yield keras.layers.Layer, "__call__", lambda real: _layer(observer, real, depth, model)
    yield keras.Model, "fit", lambda real: _fit(observer, real)
    yield keras.Model, "train_on_batch", lambda real: _fit(observer, real)
    for name in ("evaluate", "predict", "predict_on_batch"):
        yield keras.Model, name, lambda real: _predict(observer, real)
    yield keras.optimizers.Optimizer, "apply", lambda real: _reported(observer.optimizer_applied, real)
    yield keras.losses.Loss, "__call__", lambda real: _reported(observer.loss_called, real)


def _gradient(observer: Observer, real: Callable[..., Any]) -> Callable[..., Any]:
    def gradient(tape: tf.GradientTape, target: Any, sources: Any, *arguments: Any, **options: Any) -> Any:
        return observer.gradient(lambda: real(tape, target, sources, *arguments, **options), target, sources)

    return gradient


def _layer(observer: Observer, real: Callable[..., Any], depth: _Depth, model: Any) -> Callable[..., Any]:
    def call(layer: Any, *arguments: Any, **options: Any) -> Any:
        outside = depth.value
        depth.value += 1
        try:
            outputs = real(layer, *arguments, **options)
        finally:
            depth.value = outside
        if arguments:
            observer.layer_called(layer, arguments[0], outputs, outside)
            if layer is model:
                outputs = observer.model_called(arguments[0], outputs)
        return outputs

    return call


def _fit(observer: Observer, real: Callable[..., Any]) -> Callable[..., Any]:
    is_fit = real.__name__ == "fit"

    def fit(model: keras.Model, x: Any = None, y: Any = None, *others: Any, **options: Any) -> Any:
        by_place = dict(zip(("batch_size", "epochs"), others, strict=False)) if is_fit else {"train_on_batch": True}
        return observer.fit(model, lambda: real(model, x, y, *others, **options), x, y, options | by_place)

    fit.__name__ = real.__name__
    return fit


def _predict(observer: Observer, real: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(real)

    def predict(*arguments: Any, **options: Any) -> Any:
        given = signature.bind(*arguments, **options).arguments
        return observer.predict(real.__name__, given, lambda **changed: real(**(given | changed)))

    return predict


def _reported(report: Callable[[Any], None], real: Callable[..., Any]) -> Callable[..., Any]:
    def call(one: Any, *arguments: Any, **options: Any) -> Any:
        report(one)
        return real(one, *arguments, **options)

    return call


def _creator(observer: Observer) -> Callable[..., Any]:
    def create(next_creator: Callable[..., Any], **options: Any) -> Any:
        variable = next_creator(**options)
        observer.variable_made(variable)
        return variable

    return create


@contextmanager
def _function_observed(observer: Observer, model: Any) -> Iterator[None]:
    """Report the calls of a function: by replacing its name where it has one, which is fastest, else by a profiler."""
    function, owner = (model.function, model.owner) if isinstance(model, Call) else (model, None)
    code = code_of(function)
    names = getattr(getattr(function, "python_function", function), "__globals__", {})
    known = next((name for name, value in names.items() if value is function), None)
    if owner is not None and code is not None:
        real = inspect.getattr_static(type(owner), code.co_name)

        def method(mine: Any, *arguments: Any, **options: Any) -> Any:
            bound = real.__get__(mine, type(mine))
            return (_reporting(bound, observer) if mine is owner else bound)(*arguments, **options)

        with replaced(type(owner), code.co_name, method):
            yield
    elif known is not None:
        names[known] = _reporting(function, observer)
        try:
            yield
        finally:
            names[known] = function
    else:

        def returned(_: FrameType, arguments: dict[str, Any], value: Any, __: int) -> None:
            images = next((one for one in arguments.values() if are_images(one)), None)
            if images is not None:
                observer.model_called(images, value)

        with profiled(lambda one: one is code, returned):
            yield


def _reporting(function: Callable[..., Any], observer: Observer) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        outputs = function(*arguments, **options)
        images = next((one for one in (*arguments, *options.values()) if are_images(one)), None)
        return outputs if images is None else observer.model_called(images, outputs)

    return call


@contextmanager
def profiled(
    is_observed: Callable[[CodeType], bool],
    returned: Callable[[FrameType, dict[str, Any], Any, int], None] = lambda *_: None,
    depth: _Depth | None = None,
) -> Iterator[dict[FrameType, dict[str, Any]]]:
    """Call `returned` after each call of the observed functions; yields the arguments of those that are running."""
    running = depth or _Depth()
    entered: dict[FrameType, dict[str, Any]] = {}

    def profile(frame: FrameType, event: str, value: Any) -> None:
        if event not in ("call", "return") or not is_observed(frame.f_code):
            return
        if event == "call":
            running.value += 1
            entered[frame] = {name: frame.f_locals.get(name) for name in parameters_of(frame.f_code)}
        elif frame in entered:
            running.value -= 1
            returned(frame, entered.pop(frame), value, running.value)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield entered
    finally:
        sys.setprofile(before)
