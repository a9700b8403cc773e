"""Trained for one epoch on few digits: enough for an export to be compared."""

from __future__ import annotations

from pathlib import Path

import pytest

import digitlab


@pytest.fixture(scope="session")
def exported_run(digits_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of a network with every usual kind of layer, its bundle written."""
    file = tmp_path_factory.mktemp("mine") / "mine.py"
    file.write_text(MODEL)
    run = digitlab.train(str(file), str(digits_file), out=file.parent, epochs=1, listeners=(), report=False)
    return run.path


MODEL = """
import keras
from keras import layers


class Mine(keras.Model):
    def __init__(self):
        super().__init__()
        self.shape = layers.Reshape((28, 28, 1))
        self.first = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")
        self.norm = layers.BatchNormalization()
        self.wide = layers.SeparableConv2D(8, 3, padding="same", activation="swish")
        self.pool = layers.AveragePooling2D(2, padding="same")
        self.flat = layers.Flatten()
        self.drop = layers.Dropout(0.5)
        self.last = layers.Dense(10)

    def call(self, images, training=False):
        maps = self.norm(self.first(self.shape(images)), training=training)
        return self.last(self.drop(self.flat(self.pool(maps + self.wide(maps))), training=training))


model = Mine()
loss = keras.losses.CategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam(0.01)
"""
