"""Layers that are made and never used: found wherever they hide, and only they."""

from __future__ import annotations

from collections.abc import Callable

import pytest

FUNCTIONAL = """
import keras
from keras import layers

def stage(x):
    x = layers.Dense(32)(x)
    {name} = layers.BatchNormalization()(x)
    return layers.ReLU()(x)

inputs = keras.Input((784,))
outputs = layers.Dense(10, activation="softmax")(stage(inputs))
model = keras.Model(inputs, outputs)
"""

OWN_LAYER = """
import keras
from keras import layers

class Stage(layers.Layer):
    def __init__(self):
        super().__init__()
        self.norm = layers.LayerNormalization()
        self.wide = layers.Dense(32, activation="relu")

    def call(self, x):
        return self.wide({inner})

model = keras.Sequential([keras.Input((784,)), Stage(), layers.Dense(10, activation="softmax")])
"""

LOOP = """
import keras
from keras import layers

inputs = keras.Input((784,))
hidden = layers.Dense(32, activation="relu")(inputs)
for width in (16, 32):
    wide = layers.Dense(width, activation="relu")(hidden)
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(wide))
"""


def test_models_that_a_loop_has_left_behind_are_none(slugs: Callable[[str], list[str]]) -> None:
    assert slugs(LOOP) == []


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (FUNCTIONAL.format(name="y"), FUNCTIONAL.format(name="x")),
        (OWN_LAYER.format(inner="x"), OWN_LAYER.format(inner="self.norm(x)")),
    ],
    ids=["result lost in a function", "forgotten in a layer of one's own"],
)
def test_it_is_found(wrong: str, right: str, slugs: Callable[[str], list[str]]) -> None:
    assert slugs(wrong) == ["unused-layer"]
    assert slugs(right) == []
