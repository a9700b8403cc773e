"""Runs a program once more, past its `fit` without training, and finds which images it evaluates and predicts."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import keras
import numpy as np

from digitlab.data.dataset import Split
from digitlab.programs.call import are_images
from digitlab.programs.capture import Capture, Fit, ProgramEnded, execute, frames_of
from digitlab.programs.datasets import FEW_ROWS, MNIST_ROWS, DataStub
from digitlab.programs.feed import sampled
from digitlab.programs.program import Program
from digitlab.programs.recorder import Observer
from digitlab.programs.source import SourceFile
from digitlab.programs.stage import time_limit

MAX_SECONDS = 5.0  # of computing
WORDS = {"validation_data", "evaluate", "predict", "predict_on_batch"}  # a program without these is not run again
MAX_PREDICTED = 32  # images; the others get the same predictions


class LaterCall(NamedTuple):
    """A call of a model after its training."""

    name: str  # of the method
    line: int | None  # of the program; None: unknown
    images: np.ndarray[Any, Any]  # [N, …] that it is given
    softmax_twice: bool = False  # it gives the softmax of the trained model's probabilities


def later_calls(program: Program, data: Split) -> list[LaterCall]:
    """The calls after the training; an exception or the time limit only ends the run."""
    words = {getattr(node, "attr", getattr(node, "arg", None)) for node in ast.walk(program.source.tree)}
    observer = _AfterFit(program.source)
    stub = DataStub(data, MNIST_ROWS if program.images_repeat else FEW_ROWS)
    with suppress(ProgramEnded, Exception, SystemExit), time_limit(MAX_SECONDS, ProgramEnded(), computing=True) as on:
        if on and isinstance(program.step, Fit) and words & WORDS:
            module = program.source.new_module()
            execute(program.source, module, stub, observer, Capture(module.__dict__))
    return observer.found


class _AfterFit(Observer):
    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self._trained: keras.Model | None = None
        self.found: list[LaterCall] = []

    def fit(self, model: keras.Model, proceed: Callable[[], Any], x: Any, y: Any, options: dict[str, Any]) -> Any:
        if not are_images(y):  # else an autoencoder
            self._trained = self._trained or model
            self._note("fit", model, options.get("validation_data"))
        if not model.built and (fed := sampled(x, y)) is not None:
            model(fed[0][:2])
        history, numbers = keras.callbacks.History(), [0.5] * options.get("epochs", 1)
        history.epoch, history.history = list(range(len(numbers))), defaultdict(lambda: numbers, loss=numbers)
        return history

    def predict(self, name: str, arguments: dict[str, Any], proceed: Callable[..., Any]) -> Any:
        images, model = arguments.get("x"), arguments["self"]
        self._note(name, model, images)
        if images is None or not hasattr(images, "shape"):
            return proceed(steps=2)
        few = {key: arguments[key][:MAX_PREDICTED] for key in ("x", "y") if arguments.get(key) is not None}
        answers = proceed(**few)
        if not isinstance(answers, np.ndarray):  # the result of evaluate
            return answers
        if (trained := self._trained) is not None and trained in model.layers and self.found:
            inner = np.asarray(trained(few["x"], training=False))
            twice = np.allclose(inner.sum(axis=-1), 1, atol=1e-3) and np.allclose(answers, keras.ops.softmax(inner))
            self.found[-1] = self.found[-1]._replace(softmax_twice=bool(twice))
        return np.resize(answers, (len(images), *answers.shape[1:]))

    def gradient(self, compute: Callable[[], Any], target: Any, sources: Any) -> Any:
        """End the program: a training loop of its own would take long."""
        raise ProgramEnded

    def _note(self, name: str, model: keras.Model, images: Any) -> None:
        pair = images if isinstance(images, tuple | list) else (images, None)
        if images is None or (model is not self._trained and self._trained not in model.layers):
            return
        if (fed := sampled(*pair[:2])) is not None:
            line = next((one.f_lineno for one in frames_of(self._source, sys._getframe(1))), None)
            self.found.append(LaterCall(name, line, fed[0]))
