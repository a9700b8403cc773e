"""DL208: what is shown as accuracy is not the accuracy."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import at, line_naming
from digitlab.programs.capture import Fit

RULE = Rule(
    code="DL208",
    slug="wrong-metric",
    severity="warning",
    title="what is shown as accuracy is not the share of right answers",
    why="Each metric takes labels in one form. CategoricalAccuracy wants one-hot rows, and compares class numbers with "
    "the wrong things; BinaryAccuracy counts each of ten outputs by itself, and nine zeros of ten are 90% already. The "
    "training is right, and its figures are not.",
    wrong="model.compile('adam', 'sparse_categorical_crossentropy', metrics=[keras.metrics.CategoricalAccuracy()])",
    right="model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])",
)

ANSWERS, OFF = 100, 0.1  # known answers, half of them right; how far off a share of them may be


def check(seen: Observations) -> Finding | None:
    """The metrics of `compile`, given answers of which half are right."""
    program, classes = seen.subject.program, seen.subject.classes
    step = program.step if program is not None else None
    if not isinstance(step, Fit) or not seen.usable:
        return None
    _, labels = seen.subject.batch(0, ANSWERS)
    told = np.where(np.arange(ANSWERS) < ANSWERS // 2, labels, (labels + 1) % classes)
    rows = tf.constant(0.99 * np.eye(classes)[told] + 0.01 / classes, tf.float32)
    fed = seen.subject.as_fed(labels, seen.whole_labels)
    shown = seen.tried("metrics", lambda: _shown(step.model, fed, rows)) or {}
    wrong = {name: value for name, value in shown.items() if abs(value - 0.5) > OFF}
    if not wrong:
        return None
    name, value = next(iter(wrong.items()))
    line = line_naming(seen.subject, "CategoricalAccuracy", "BinaryAccuracy", "Accuracy", name, "metrics")
    usual = "SparseCategoricalAccuracy" if seen.whole_labels else "CategoricalAccuracy"
    return RULE.finding(
        f"for {ANSWERS} answers of which {ANSWERS // 2} are right, {name} shows {value:.0%}",
        f"take metrics=['accuracy'] or keras.metrics.{usual}(){at(seen.subject, line)}",
        line=line,
    )


def _shown(model: keras.Model, labels: Any, rows: Any) -> dict[str, float]:
    """What those of Keras' metrics that are called accuracy, and count the best answer, make of labels and answers."""
    metrics = model._compile_metrics
    if metrics is None:
        return {}
    metrics.reset_state()
    metrics.update_state(labels, rows)
    shown = {name: float(value) for name, value in metrics.result().items()}
    metrics.reset_state()
    given = [one for one in tf.nest.flatten(metrics._user_metrics) if not isinstance(one, str)]
    own = {getattr(one, "name", getattr(one, "__name__", "")) for one in given if not _of_keras(one)}
    return {name: one for name, one in shown.items() if "acc" in name and "top" not in name and name not in own}


def _of_keras(metric: Any) -> bool:
    module = getattr(metric, "__module__", "")
    return (module if isinstance(metric, type(_of_keras)) else type(metric).__module__).startswith("keras.")
