"""Every operation against onnxruntime, through models of Keras that use them all."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from digitlab.attribution.exact import attribute
from digitlab.attribution.linear import LinearNetwork
from digitlab.export.onnx import to_onnx
from digitlab.runtime.network import Network
from digitlab.training.setup import Trainable


def residual() -> keras.Model:
    images = layers.Input((28, 28, 1))
    maps = layers.Conv2D(4, 3, strides=2, padding="same")(images)
    maps = layers.LeakyReLU()(layers.BatchNormalization()(maps))
    more = layers.SeparableConv2D(4, 3, padding="same", activation="relu")(maps)
    maps = layers.AveragePooling2D(3, 2, padding="same")(layers.Add()([maps, more]))
    maps = layers.MaxPooling2D(3, 2, padding="same")(layers.Concatenate()([maps, maps]))
    return keras.Model(images, layers.Dense(10)(layers.Flatten()(maps)))


def pooled() -> keras.Model:
    images = layers.Input((28, 28))
    maps = layers.Conv2D(4, 5, groups=1, activation="relu")(
        layers.Rescaling(2.0, -1.0)(layers.Reshape((28, 28, 1))(images))
    )
    return keras.Model(images, layers.Dense(10)(layers.GlobalAveragePooling2D()(maps)))


@pytest.mark.parametrize("build", [residual, pooled])
def test_it_answers_as_onnxruntime_does_and_accounts_for_it(build: object) -> None:
    keras.utils.set_random_seed(1)
    model = build()  # type: ignore[operator]
    content = to_onnx(Trainable("", model, model, None, None, {}, tuple(model.input_shape[1:]), gives_logits=True))
    image = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    attribution = attribute(LinearNetwork(content), image)
    np.testing.assert_allclose(attribution.evidence, Network(content, "").evidence(image[None])[0], atol=1e-4)
    assert attribution.residual < 1e-9
