"""What a program does beside its steps: how it shows, validates and tests, and with what it goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from digitlab.base.findings import Finding

Slugs = Callable[[str], list[str]]

FIT = """
import keras
import numpy as np

(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
x, x_test = x / 255.0, x_test / 255.0
model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=2, validation_data=(x_test, y_test))
print(max(history.history["val_accuracy"]))
loss, accuracy = model.evaluate(x_test, y_test)
print((model.predict(x_test).argmax(axis=1) == y_test).mean())
raise ValueError("what comes behind the training may stop")
"""

SHOWN = "\nboth = keras.Sequential([model, keras.layers.Softmax()])\nboth.predict(x_test)\n"


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("validation_data=(x_test,", "validation_data=(x_test * 255,", 9),
        ("evaluate(x_test,", "evaluate(1 - x_test,", 11),
        ("predict(x_test)", "predict(np.uint8(255 * x_test[:1]))", 12),
        ("x, x_test = x / 255.0,", "x, x_test = x / 127.5 - 1,", 9),
    ],
    ids=["not scaled", "dark on light", "a single picture", "another scale"],
)
def test_images_to_test_with_are_unlike_those_to_train_with(
    right: str, wrong: str, line: int, checked: Callable[[str], list[Finding]]
) -> None:
    assert right in FIT
    found = checked(FIT.replace(right, wrong))
    assert [(one.slug, one.line) for one in found] == [("unlike-training", line)]


def test_what_goes_on_rightly_behind_fit_is_left_alone(slugs: Slugs) -> None:
    assert slugs(FIT) == []


def test_a_softmax_of_probabilities_in_the_end_is_a_hint(checked: Callable[[str], list[Finding]]) -> None:
    program = FIT[: FIT.index("raise")]
    assert [(one.slug, one.severity) for one in checked(program + SHOWN)] == [("softmax-twice", "hint")]
    logits = program.replace(', activation="softmax"', "").replace(
        '"sparse_categorical_crossentropy"', "keras.losses.SparseCategoricalCrossentropy(from_logits=True)"
    )
    assert checked(logits + SHOWN) == []


@pytest.mark.parametrize(
    ("metric", "labels", "found"),
    [
        ('["accuracy"]', "y", []),
        ("[keras.metrics.SparseCategoricalAccuracy()]", "y", []),
        ('["accuracy"]', "keras.utils.to_categorical(y)", []),
        ("[keras.metrics.CategoricalAccuracy()]", "y", ["wrong-metric"]),
        ('["binary_accuracy"]', "keras.utils.to_categorical(y)", ["wrong-metric"]),
        ("[keras.metrics.TopKCategoricalAccuracy(2)]", "keras.utils.to_categorical(y)", []),
    ],
)
def test_an_accuracy_that_is_none(metric: str, labels: str, found: list[str], slugs: Slugs) -> None:
    program = FIT[: FIT.index("history =")].replace('["accuracy"]', metric)
    if "categorical(" in labels:
        program = program.replace('"sparse_', '"')
    assert slugs(f"{program}model.fit(x, {labels})\n") == found
