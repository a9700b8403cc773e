"""DL208 and DL606: accuracies and predictions after the training that do not show how good the model is."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.base.findings import Finding
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rule import Rule
from digitlab.checker.where import place_naming, quoted
from digitlab.programs.capture import Fit

METRIC = Rule(
    code="DL208",
    slug="wrong-metric",
    severity="warning",
    title="the accuracy that is shown is not the share of right predictions",
    why="Each metric takes labels in one form. CategoricalAccuracy needs one-hot rows, and compares class numbers with "
    "the wrong values; BinaryAccuracy counts each of ten outputs by itself, and nine zeros of ten are 90% already. The "
    "training is right, and its figures are not.",
    wrong="model.compile('adam', 'sparse_categorical_crossentropy', metrics=[keras.metrics.CategoricalAccuracy()])",
    right="model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])",
    needs_file=True,
)
UNLIKE = Rule(
    code="DL606",
    slug="unlike-training",
    severity="error",
    title="the model gets images that are prepared differently from the training images",
    why="A model knows images as it was trained on them. Trained on numbers from 0 to 1, it predicts nonsense for "
    "bytes from 0 to 255; trained on light ink on black, for dark ink on paper. The training looks perfect, and "
    "every test or drawing of one's own fails.",
    wrong="model.fit(x_train / 255, y_train)\nmodel.evaluate(x_test, y_test)",
    right="x_train, x_test = x_train / 255, x_test / 255\nmodel.fit(x_train, y_train)\nmodel.evaluate(x_test, y_test)",
    needs_file=True,
)

METRIC_ANSWERS = 100  # predictions given to a metric, half of them right
MAX_METRIC_ERROR = 0.1
MAX_RANGE_RATIO = 20.0  # between the ranges of the pixels, also for a few pictures
MAX_SPREAD_RATIO, MIN_SPREAD_IMAGES = 1.7, 30  # between the standard deviations, of that many pictures
MIN_DARK_ON_LIGHT = 0.9  # of the pictures, where hardly any training image is dark on light


def check_metric(seen: Observations) -> Finding | None:
    """The metrics of `compile`, given predictions of which half are right."""
    program, classes = seen.subject.program, seen.subject.classes
    step = program.step if program is not None else None
    if not isinstance(step, Fit) or not seen.answers.usable:
        return None
    _, labels = seen.subject.batch(0, METRIC_ANSWERS)
    predicted = np.where(np.arange(METRIC_ANSWERS) < METRIC_ANSWERS // 2, labels, (labels + 1) % classes)
    rows = tf.constant(0.99 * np.eye(classes)[predicted] + 0.01 / classes, tf.float32)
    fed = seen.subject.as_fed(labels, seen.steps.whole_labels)
    shown = seen.probe.attempt("metrics", lambda: _accuracies(step.model, fed, rows)) or {}
    wrong = {name: value for name, value in shown.items() if abs(value - 0.5) > MAX_METRIC_ERROR}
    if not wrong:
        return None
    name, value = next(iter(wrong.items()))
    usual = "SparseCategoricalAccuracy" if seen.steps.whole_labels else "CategoricalAccuracy"
    return METRIC.finding(
        f"for {METRIC_ANSWERS} predictions of which {METRIC_ANSWERS // 2} are right, {name} shows {value:.0%}",
        f"use metrics=['accuracy'] or keras.metrics.{usual}()",
        at=place_naming(seen.subject, "CategoricalAccuracy", "BinaryAccuracy", "Accuracy", name, "metrics"),
    )


def _accuracies(model: keras.Model, labels: Any, rows: Any) -> dict[str, float]:
    """The values of Keras' metrics that are called accuracy and count the best prediction."""
    metrics = model._compile_metrics
    if metrics is None:
        return {}
    metrics.reset_state()
    metrics.update_state(labels, rows)
    shown = {name: float(value) for name, value in metrics.result().items()}
    metrics.reset_state()
    given = [one for one in tf.nest.flatten(metrics._user_metrics) if not isinstance(one, str)]
    own = {getattr(one, "name", str(one)) for one in given if not type(one).__module__.startswith("keras.")}
    return {name: one for name, one in shown.items() if "acc" in name and "top" not in name and name not in own}


def check_unlike(seen: Observations) -> Finding | None:
    """The images that the program gives to fit's validation, to evaluate and to predict, beside its training images."""
    trained = np.asarray(seen.subject.step_images, np.float64)
    for call in seen.subject.later_calls:
        given = np.asarray(call.images, np.float64)
        inverted = _dark_on_light(given) > MIN_DARK_ON_LIGHT and _dark_on_light(trained) < 1 - MIN_DARK_ON_LIGHT
        if inverted or _is_scaled_differently(trained, given):
            what = "validation_data of fit" if call.name == "fit" else call.name
            dark, light = (", dark on light", ", light on dark") if inverted else ("", "")
            return UNLIKE.finding(
                f"{what} gets pixels from {given.min():g} to {given.max():g}{dark}; the training gets pixels from "
                f"{trained.min():g} to {trained.max():g}{light}",
                f"prepare them by the same lines as the training images: {quoted(seen.subject, call.line)}",
                line=call.line,
            )
    return None


def _is_scaled_differently(trained: NDArray[Any], given: NDArray[Any]) -> bool:
    ours, theirs = float(np.ptp(trained)), float(np.ptp(given))
    if not ours or not theirs:  # one brightness only
        return False
    if max(ours / theirs, theirs / ours) > MAX_RANGE_RATIO:
        return True
    ratio = float(trained.std() / given.std())
    return len(given) >= MIN_SPREAD_IMAGES and max(ratio, 1 / ratio) > MAX_SPREAD_RATIO


def _dark_on_light(images: NDArray[Any]) -> float:
    """The share of the images whose background is nearer to the brightest value than to the darkest."""
    low, high = images.min(), images.max()
    return float((np.median(images.reshape(len(images), -1), axis=1) > (low + high) / 2).mean())
