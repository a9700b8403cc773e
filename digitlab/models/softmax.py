"""Softmax regression, y = softmax(Wx + b): the model of the lab."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="digitlab")
class SoftmaxRegression(keras.Model):
    """One Dense layer and a softmax: ten weighted sums of the pixels, made into probabilities.

    Args:
        classes: how many there are to tell apart.

    Call:
        images float32 [batch, values] in [0, 1] → probabilities float32 [batch, classes].
    """

    def __init__(self, classes: int = 10, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.classes = classes
        self.dense = keras.layers.Dense(classes, name="dense")
        self.softmax = keras.layers.Softmax(name="softmax", dtype="float32")

    def call(self, images: Any) -> Any:
        """Evidence for each class, then its softmax."""
        return self.softmax(self.dense(images))

    def get_config(self) -> dict[str, Any]:
        """What Keras writes into `model.keras` to build the model again."""
        return {**super().get_config(), "classes": self.classes}
