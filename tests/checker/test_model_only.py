"""Files that define a model and train nothing: checked with the step that `digitlab train` would use."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Slugs = Callable[[str], list[str]]

MODEL = """
import keras
import tensorflow as tf
from keras import layers


class Network(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(48, activation="relu")
        self.second = layers.Dense(32, activation="relu")
        self.last = layers.Dense(10, activation="softmax")

    def call(self, images):
        features = self.first(images)
        features = self.second(features)
        return self.last(features)
"""


@pytest.mark.parametrize(
    ("right", "wrong", "slug"),
    [
        ("self.second(features)", "tf.stop_gradient(self.second(features))", "weights-not-trained"),
        ("self.second(features)", "tf.round(self.second(features))", "weights-not-trained"),
        ("self.second(features)", "tf.constant(self.second(features).numpy())", "weights-not-trained"),
        (
            "self.second(features)",
            "tf.ensure_shape(tf.py_function(lambda one: one.numpy(), [self.second(features)], tf.float32), (None, 32))",
            "weights-not-trained",
        ),
        ("features = self.second", "unused = self.second", "unused-layer"),
        ("self.first(images)", "self.first(images / 255)", "scaled-twice"),
        ('48, activation="relu"', '48, activation="relu", kernel_initializer="zeros"', "identical-units"),
        ('"softmax"', '"sigmoid"', "sigmoid-output"),
    ],
)
def test_it_is_found_without_a_step_of_the_file(right: str, wrong: str, slug: str, slugs: Slugs) -> None:
    assert right in MODEL
    assert slugs(MODEL.replace(right, wrong))[:1] == [slug]


def test_a_right_model_is_left_alone(slugs: Slugs) -> None:
    assert slugs(MODEL) == []


def test_a_layer_for_training_only_is_used(slugs: Slugs) -> None:
    program = MODEL.replace("call(self, images)", "call(self, images, training=False)").replace("Dense(48", "Dense(32")
    program = program.replace("        self.last =", "        self.second.build((None, 32))\n        self.last =")
    assert slugs(program.replace("= self.second(features)", "= self.second(features) if training else features")) == []


def test_data_is_loaded_and_nothing_trained(slugs: Slugs) -> None:
    loads = MODEL + "\n(x, y), _ = keras.datasets.mnist.load_data()\nmodel = Network()\n"
    assert slugs(loads) == ["never-trained"]
    assert slugs(loads + "model.compile('adam', 'sparse_categorical_crossentropy')\n") == ["never-trained"]
    trains = "model.compile('adam', 'sparse_categorical_crossentropy')\nmodel.fit(x.reshape(-1, 784) / 255, y)\n"
    assert slugs(loads + trains) == []
