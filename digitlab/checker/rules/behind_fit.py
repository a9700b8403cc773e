"""DL208 and DL606: what the program shows beside its training does not tell how good the model is."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.where import place_naming, quoted
from digitlab.programs.capture import Fit

METRIC = Rule(
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


def check_metric(seen: Observations) -> Finding | None:
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
    usual = "SparseCategoricalAccuracy" if seen.whole_labels else "CategoricalAccuracy"
    return METRIC.finding(
        f"for {ANSWERS} answers of which {ANSWERS // 2} are right, {name} shows {value:.0%}",
        f"take metrics=['accuracy'] or keras.metrics.{usual}()",
        at=place_naming(seen.subject, "CategoricalAccuracy", "BinaryAccuracy", "Accuracy", name, "metrics"),
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
    own = {getattr(one, "name", str(one)) for one in given if not type(one).__module__.startswith("keras.")}
    return {name: one for name, one in shown.items() if "acc" in name and "top" not in name and name not in own}


UNLIKE = Rule(
    code="DL606",
    slug="unlike-training",
    severity="error",
    title="the model is asked about images that are not prepared as the training images are",
    why="A model knows images as it was trained on them. Trained on numbers from 0 to 1, it answers nonsense about "
    "bytes from 0 to 255; trained on light ink on black, about dark ink on paper. The training looks perfect, and "
    "every test or drawing of one's own fails.",
    wrong="model.fit(x_train / 255, y_train)\nmodel.evaluate(x_test, y_test)",
    right="x_train, x_test = x_train / 255, x_test / 255\nmodel.fit(x_train, y_train)\nmodel.evaluate(x_test, y_test)",
)

FACTOR = 20.0  # between the ranges of the pixels: of a few pictures no less can be told
SPREAD, MANY = 1.7, 30  # between the standard deviations, of so many pictures
PAPER = 0.9  # of the pictures, where hardly one of the training images is dark on light


def check_unlike(seen: Observations) -> Finding | None:
    """What the program gives to fit's validation, to evaluate and to predict, beside its training images."""
    for asked in seen.subject.asked:
        trained, given = np.asarray(seen.subject.step_images, np.float64), np.asarray(asked.images, np.float64)
        inverted = _dark_on_light(given) > PAPER and _dark_on_light(trained) < 1 - PAPER
        if inverted or _scaled_otherwise(trained, given):
            what = "validation_data of fit" if asked.by == "fit" else asked.by
            return UNLIKE.finding(
                f"{what} gets pixels from {given.min():g} to {given.max():g}"
                f"{', dark on light' if inverted else ''}; trained is on pixels from {trained.min():g} to "
                f"{trained.max():g}{', light on dark' if inverted else ''}",
                f"prepare them by the same lines as the training images: {quoted(seen.subject, asked.line)}",
                line=asked.line,
            )
    return None


def _scaled_otherwise(trained: NDArray[Any], given: NDArray[Any]) -> bool:
    ours, theirs = float(np.ptp(trained)), float(np.ptp(given))
    if not ours or not theirs:  # one colour only
        return False
    if max(ours / theirs, theirs / ours) > FACTOR:
        return True
    spread = float(trained.std() / given.std())
    return len(given) >= MANY and max(spread, 1 / spread) > SPREAD


def _dark_on_light(images: NDArray[Any]) -> float:
    """The share of the images with a background nearer to the greatest value of all than to the least."""
    low, high = images.min(), images.max()
    return float((np.median(images.reshape(len(images), -1), axis=1) > (low + high) / 2).mean())
