"""Lets a program that trains by `fit` go on behind it, untrained, and sees which images it asks about; for checks only.

The program runs once more for that, in a module of its own, so that nothing that was captured is touched.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from digitlab.data.dataset import Split
from digitlab.programs.call import are_images
from digitlab.programs.capture import Caught, Fit, frames_of, module_of, perform
from digitlab.programs.datasets import ALL, FEW, Served
from digitlab.programs.feed import looked_at
from digitlab.programs.program import Program
from digitlab.programs.recorder import Observer
from digitlab.programs.source import SourceFile
from digitlab.programs.stage import time_limit

SECONDS = 5.0  # of computing
ASKED = ("evaluate", "predict", "predict_on_batch")
SOME = 32  # images that are answered; the others get the same answers again


@dataclass(frozen=True)
class Asked:
    """What `fit` validates on, `evaluate` tests with or `predict` answers: images [N, …], and the line that says so.

    `twice`: what comes out is the softmax of probabilities that the trained model gave.
    """

    by: str
    line: int | None
    images: np.ndarray[Any, Any]
    twice: bool = False


def after_training(program: Program, data: Split) -> tuple[Asked, ...]:
    """All that it asks about; what it raises, or that it takes long, only ends it."""
    words = {getattr(node, "attr", getattr(node, "arg", None)) for node in ast.walk(program.source.tree)}
    if not isinstance(program.step, Fit) or words.isdisjoint((*ASKED, "validation_data")):
        return ()
    scene, module = _After(program.source), module_of(program.source)
    with suppress(Caught, Exception, SystemExit), time_limit(SECONDS, Caught(), computing=True) as limited:
        assert limited
        perform(program.source, module, Served(data, ALL if program.images_repeat else FEW), scene, [])
    return tuple(scene.found)


class _After(Observer):
    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self._trained: keras.Model | None = None
        self.found: list[Asked] = []

    def gradient(self, compute: Callable[[], Any], target: Any, sources: Any) -> Any:
        """A loop of its own would train for long."""
        if any(isinstance(one, tf.Variable | keras.Variable) for one in tf.nest.flatten(sources)):
            raise Caught
        return compute()

    def fit(self, model: keras.Model, proceed: Callable[[], Any], x: Any, y: Any, options: dict[str, Any]) -> Any:
        if "train_on_batch" in options:
            raise Caught
        if not are_images(y):  # else an autoencoder
            self._trained = self._trained or model
            self._note("fit", model, options.get("validation_data"))
        if not model.built and (fed := looked_at(x, y)) is not None:
            model(fed[0][:2])
        return _history(model, options)

    def asked(self, name: str, given: dict[str, Any], proceed: Callable[..., Any]) -> Any:
        images = given.get("x")
        self._note(name, given["self"], images)
        if images is None or not hasattr(images, "shape"):
            return proceed(steps=2)
        changed = {key: given[key][:SOME] for key in ("x", "y") if given.get(key) is not None}
        answers = proceed(**changed)
        if name == "evaluate" or not isinstance(answers, np.ndarray):
            return answers
        if self._is_softmax_of_trained(given["self"], changed["x"], answers):
            self.found[-1] = Asked(name, self.found[-1].line, self.found[-1].images, twice=True)
        return np.resize(answers, (len(images), *answers.shape[1:]))

    def _note(self, name: str, model: keras.Model, images: Any) -> None:
        own = self._trained is model or self._trained in getattr(model, "layers", ())
        pair = images if isinstance(images, tuple | list) else (images, None)
        seen = looked_at(*pair[:2]) if own and images is not None and len(pair) > 1 else None
        if seen is not None:
            line = next((one.f_lineno for one in frames_of(self._source, sys._getframe(1))), None)
            self.found.append(Asked(name, line, seen[0]))

    def _is_softmax_of_trained(self, model: keras.Model, images: Any, answers: Any) -> bool:
        if self._trained is None or model is self._trained or self._trained not in getattr(model, "layers", ()):
            return False
        inner = np.asarray(self._trained(images, training=False))
        given = (inner >= 0).all() and np.allclose(inner.sum(axis=-1), 1, atol=1e-3)
        return bool(given and np.allclose(answers, tf.nn.softmax(inner), atol=1e-4))


def _history(model: keras.Model, options: dict[str, Any]) -> keras.callbacks.History:
    """What `fit` gives, with numbers that might be."""
    metrics = getattr(getattr(model, "_compile_metrics", None), "_user_metrics", None)
    named = [one if isinstance(one, str) else getattr(one, "name", None) for one in tf.nest.flatten(metrics or [])]
    names = ["loss", *(name for name in named if name)]
    if options.get("validation_data") is not None or options.get("validation_split"):
        names += [f"val_{name}" for name in names]
    history, epochs = keras.callbacks.History(), options.get("epochs", 1)
    history.set_model(model)
    history.epoch = list(range(epochs))
    history.history = {name: list(np.linspace(0.5, 0.4, epochs)) for name in names}
    return history
