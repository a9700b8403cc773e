"""Finds the model of a script among the calls that a step makes: the outermost that turns images into a row each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from digitlab.programs.call import Call, are_images, call_of, parameters_of
from digitlab.programs.source import SourceFile
from digitlab.programs.stage import replaced

MOST_OUTPUTS = 400  # numbers for an image


@dataclass
class Watcher:
    """Watches one run of a step.

    Attributes:
        source: the file.
        step: the code of what is run, which is no model itself; None: it is no function.
        model: what turned images into rows; None: nothing did.
        optimizer: of Keras, that moved weights; None: none did.
        loss: of Keras, that was called; None: none was.
    """

    source: SourceFile
    step: CodeType | None
    model: keras.Model | Call | None = None
    optimizer: keras.optimizers.Optimizer | None = None
    loss: keras.losses.Loss | None = None
    _depth: int = 0
    _best: int = field(default=1_000_000)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """See what is called in the block."""
        with (
            replaced(keras.layers.Layer, "__call__", self._layer_called(keras.layers.Layer.__call__)),
            replaced(keras.optimizers.Optimizer, "apply", self._applied(keras.optimizers.Optimizer.apply)),
            replaced(keras.losses.Loss, "__call__", self._loss_called(keras.losses.Loss.__call__)),
        ):
            before = sys.getprofile()
            sys.setprofile(self._profile())
            try:
                yield
            finally:
                sys.setprofile(before)

    def _layer_called(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(layer: Any, *arguments: Any, **options: Any) -> Any:
            depth = self._depth
            self._depth += 1
            try:
                result = real(layer, *arguments, **options)
            finally:
                self._depth = depth
            is_model = isinstance(layer, keras.Model) and arguments and are_images(arguments[0])
            if is_model and _are_rows(result, arguments[0]):
                self._found(layer, depth)
            return result

        return call

    def _applied(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def apply(optimizer: Any, *arguments: Any, **options: Any) -> Any:
            self.optimizer = optimizer
            return real(optimizer, *arguments, **options)

        return apply

    def _loss_called(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(loss: Any, *arguments: Any, **options: Any) -> Any:
            self.loss = loss
            return real(loss, *arguments, **options)

        return call

    def _profile(self) -> Callable[[FrameType, str, Any], None]:
        path = str(self.source.path)
        entered: dict[int, dict[str, Any]] = {}

        def profile(frame: FrameType, event: str, value: Any) -> None:
            if frame.f_code.co_filename != path or frame.f_code is self.step:
                return
            if event == "call":
                self._depth += 1
                entered[id(frame)] = {name: frame.f_locals[name] for name in parameters_of(frame.f_code)}
            elif event == "return":
                self._depth -= 1
                arguments = entered.pop(id(frame), {})
                images = next((one for one in arguments.values() if are_images(one)), None)
                if _are_rows(value, images) and (call := call_of(frame, arguments)) is not None:
                    self._found(call, self._depth)

        return profile

    def _found(self, model: keras.Model | Call, depth: int) -> None:
        if depth < self._best:
            self.model, self._best = model, depth


def _are_rows(value: Any, images: Any) -> bool:
    """Whether it has a few numbers for each of `images`."""
    if not isinstance(value, tf.Tensor) or images is None or not value.dtype.is_floating:
        return False
    shape = tuple(value.shape)
    return len(shape) >= 2 and shape[0] == images.shape[0] and bool(np.prod(shape[1:]) <= MOST_OUTPUTS)
