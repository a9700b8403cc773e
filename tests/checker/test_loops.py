"""Mistakes of loops and data that no single step shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from digitlab.base.findings import Finding

Slugs = Callable[[str], list[str]]

LOOP = """
import keras
import numpy as np
import tensorflow as tf

(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
x, x_test = x.reshape(-1, 784).astype("float32") / 255, x_test.reshape(-1, 784).astype("float32") / 255
measure = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def make():
    return keras.Sequential([keras.Input((784,)), keras.layers.Dense(10)])


model, adam = make(), keras.optimizers.Adam(0.01)
for epoch in range(3):
    for first in range(0, len(x), 64):
        images, labels = x[first : first + 64], y[first : first + 64]
        with tf.GradientTape() as tape:
            answers = model(images, training=True)
            loss = measure(labels, answers)
        adam.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    answers = model.predict(x_test[:100], verbose=0)
"""

ANEW = LOOP.replace("model, adam = make(), keras.optimizers.Adam(0.01)\n", "").replace(
    "for epoch in range(3):\n", "for epoch in range(3):\n    model = make()\n    adam = keras.optimizers.Adam(0.01)\n"
)

FIT = """
import keras
import numpy as np
import tensorflow as tf

(x, y), _ = keras.datasets.mnist.load_data()
x = x[..., None] / 255.0
model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.RandomRotation(0.03),
        keras.layers.Conv2D(8, 3, strides=3, activation="relu"),
        keras.layers.BatchNormalization(momentum=0.9),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, batch_size=256, epochs=2)
"""


def test_a_right_loop_is_left_alone(slugs: Slugs) -> None:
    assert slugs(LOOP) == []


@pytest.mark.parametrize("wrong", ["model.predict(images, verbose=0)", "model(images, training=True).numpy()"])
def test_an_answer_leaves_tensorflow_inside_of_the_tape(wrong: str, checked: Callable[[str], list[Finding]]) -> None:
    found = checked(LOOP.replace("model(images, training=True)", wrong))
    assert [(one.slug, one.line) for one in found] == [("answer-leaves-tensorflow", 20)]


def test_a_new_model_in_each_epoch(slugs: Slugs) -> None:
    assert slugs(ANEW) == ["new-model-each-epoch"]


@pytest.mark.parametrize("head", ["for width in (16, 32):", "for run in range(3):"], ids=["widths", "repetitions"])
def test_a_new_model_in_each_experiment_is_right(head: str, slugs: Slugs) -> None:
    assert slugs(ANEW.replace("for epoch in range(3):", head)) == []


@pytest.mark.parametrize(
    ("right", "wrong", "slug"),
    [
        ("RandomRotation(0.03)", "RandomRotation(0.5)", "mirrored-digits"),
        ("RandomRotation(0.03)", "RandomFlip('horizontal')", "mirrored-digits"),
        ("momentum=0.9)", "momentum=0.9995)", "slow-averages"),
    ],
)
def test_layers_that_are_set_wrongly(right: str, wrong: str, slug: str, slugs: Slugs) -> None:
    assert slugs(FIT.replace(right, wrong)) == [slug]


def test_a_right_convnet_is_left_alone(slugs: Slugs) -> None:
    assert slugs(FIT) == []


def test_images_that_are_mirrored_on_their_way(slugs: Slugs) -> None:
    flipped = (
        "data = tf.data.Dataset.from_tensor_slices((x, y)).map(lambda a, b: (tf.image.random_flip_left_right(a), b))\n"
    )
    program = FIT.replace("model.fit(x, y, batch_size=256, ", f"{flipped}model.fit(data.batch(256), ")
    assert "mirrored-digits" in slugs(program)


def test_noise_that_carries_one_label(slugs: Slugs) -> None:
    added = "x = np.concatenate([x, np.random.rand(900, 28, 28, 1)])\ny = np.concatenate([y, {}])\n"
    fit = "model.fit("
    assert slugs(FIT.replace(fit, added.format("np.full(900, 7)") + fit)) == ["noise-with-one-label"]
    assert slugs(FIT.replace(fit, added.format("np.arange(900) % 10") + fit)) == []


def test_the_share_of_validation_images_that_are_trained_on(checked: Callable[[str], list[Finding]]) -> None:
    cut = "x_val, x_train, y_train = x[:1000], x[{0}:], y[{0}:]\n"
    fit = "model.fit(x_train, y_train, validation_data=(x_val, y[:1000]), batch_size=256, epochs=2)\n"
    program = FIT[: FIT.index("model.fit")]
    (found,) = checked(program + cut.format(200) + fit)
    assert found.slug == "test-images-in-train"
    assert found.observed == "80% of the validation images are among the training images"
    assert checked(program + cut.format(1000) + fit) == []


def test_the_same_share_where_a_loop_trains(checked: Callable[[str], list[Finding]]) -> None:
    drawn = "drawn = np.random.permutation(len(x))[:1500]\nrest = np.setdiff1d(np.arange(len(x)), drawn[:150])"
    held_out = f"{drawn}\nx_val, x, y = x[drawn], x[rest], y[rest]\nmodel, adam ="
    loop = LOOP.replace("model, adam =", held_out)
    (found,) = checked(loop)
    assert found.observed == "90% of the validation images are among the training images"


def test_what_learns_at_a_higher_rate_is_a_matter_of_the_rate(checked: Callable[[str], list[Finding]]) -> None:
    dense = LOOP.replace(
        "keras.layers.Dense(10)]", 'keras.layers.Dense(64, "relu"), keras.layers.Dense(10, "softmax")]'
    )
    squared = dense.replace("measure(labels, answers)", "tf.reduce_mean((tf.one_hot(labels, 10) - answers) ** 2)")
    found = checked(squared.replace("Adam(0.01)", "SGD(0.01)"))
    assert [one.slug for one in found] == ["learning-rate-too-low"]


@pytest.mark.parametrize(
    ("old", "new", "slug", "text"),
    [
        (
            "SparseCategoricalCrossentropy(from",
            "CategoricalCrossentropy(from",
            "one-hot-or-numbers",
            "as class numbers",
        ),
        (
            "Dense(10)]",
            "Dense(10), keras.layers.Reshape((5, 2))]",
            "wrong-output-shape",
            "the output has shape [batch, 5, 2]",
        ),
        ("loss = measure(", "loss = tf.ones([3]) + tf.ones([2]) + measure(", "step-stops", "InvalidArgumentError"),
    ],
)
def test_a_loop_that_stops_in_its_first_step(
    checked: Callable[[str], list[Finding]], old: str, new: str, slug: str, text: str
) -> None:
    (finding,) = checked(LOOP.replace(old, new))
    assert (finding.slug, finding.line) == (slug, 21)
    assert text in finding.observed
