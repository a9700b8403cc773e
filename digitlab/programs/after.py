"""Runs a program once more, past its `fit` without training, and sees which images it evaluates and predicts."""

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
from digitlab.programs.capture import Capture, Caught, Fit, frames_of, perform
from digitlab.programs.datasets import ALL, FEW, Served
from digitlab.programs.feed import looked_at
from digitlab.programs.program import Program
from digitlab.programs.recorder import Observer
from digitlab.programs.source import SourceFile
from digitlab.programs.stage import time_limit

SECONDS = 5.0  # of computing
ASKED = {"validation_data", "evaluate", "predict", "predict_on_batch"}
SOME = 32  # images that are predicted; the others get the same predictions


class Asked(NamedTuple):
    """A call, its line and its images [N, …]; `twice`: it gives a softmax of the model's probabilities."""

    by: str
    line: int | None
    images: np.ndarray[Any, Any]
    twice: bool = False


def after_training(program: Program, data: Split) -> list[Asked]:
    """The calls after the training; an exception or the time limit only ends the run."""
    words = {getattr(node, "attr", getattr(node, "arg", None)) for node in ast.walk(program.source.tree)}
    scene, served = _After(program.source), Served(data, ALL if program.images_repeat else FEW)
    with suppress(Caught, Exception, SystemExit), time_limit(SECONDS, Caught(), computing=True) as limited:
        if limited and isinstance(program.step, Fit) and words & ASKED:
            module = program.source.new_module()
            perform(program.source, module, served, scene, Capture(module.__dict__))
    return scene.found


class _After(Observer):
    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self._trained: keras.Model | None = None
        self.found: list[Asked] = []

    def fit(self, model: keras.Model, proceed: Callable[[], Any], x: Any, y: Any, options: dict[str, Any]) -> Any:
        if not are_images(y):  # else an autoencoder
            self._trained = self._trained or model
            self._note("fit", model, options.get("validation_data"))
        if not model.built and (fed := looked_at(x, y)) is not None:
            model(fed[0][:2])
        history, numbers = keras.callbacks.History(), [0.5] * options.get("epochs", 1)
        history.epoch, history.history = list(range(len(numbers))), defaultdict(lambda: numbers, loss=numbers)
        return history

    def asked(self, name: str, given: dict[str, Any], proceed: Callable[..., Any]) -> Any:
        images, model = given.get("x"), given["self"]
        self._note(name, model, images)
        if images is None or not hasattr(images, "shape"):
            return proceed(steps=2)
        changed = {key: given[key][:SOME] for key in ("x", "y") if given.get(key) is not None}
        answers = proceed(**changed)
        if not isinstance(answers, np.ndarray):  # the result of evaluate
            return answers
        if (trained := self._trained) is not None and trained in model.layers and self.found:
            inner = np.asarray(trained(changed["x"], training=False))
            twice = np.allclose(inner.sum(axis=-1), 1, atol=1e-3) and np.allclose(answers, keras.ops.softmax(inner))
            self.found[-1] = self.found[-1]._replace(twice=bool(twice))
        return np.resize(answers, (len(images), *answers.shape[1:]))

    def gradient(self, compute: Callable[[], Any], target: Any, sources: Any) -> Any:
        """End the program: its own training loop would take long."""
        raise Caught

    def _note(self, by: str, model: keras.Model, images: Any) -> None:
        pair = images if isinstance(images, tuple | list) else (images, None)
        if images is None or (model is not self._trained and self._trained not in model.layers):
            return
        if (seen := looked_at(*pair[:2])) is not None:
            line = next((one.f_lineno for one in frames_of(self._source, sys._getframe(1))), None)
            self.found.append(Asked(by, line, seen[0]))
