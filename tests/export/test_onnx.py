from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from digitlab.errors import ExportError
from digitlab.export.onnx import to_onnx
from digitlab.runtime.network import Network
from digitlab.training.setup import Trainable


def exported(*stack: keras.Layer) -> tuple[keras.Model, bytes]:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([layers.Input((28, 28, 1)), *stack])
    return model, to_onnx(Trainable("", model, model, None, None, {}, (28, 28, 1)))


@pytest.mark.parametrize(
    "stack",
    [
        [layers.DepthwiseConv2D(3, depth_multiplier=2), layers.PReLU(), layers.GlobalMaxPooling2D()],
        [layers.Conv2D(4, 5, strides=3, activation="gelu"), layers.LayerNormalization(), layers.Flatten()],
        [layers.Reshape((28, 28)), layers.Conv1D(4, 3, padding="causal", activation="relu6"), layers.Flatten()],
        [layers.ZeroPadding2D(1), layers.MaxPooling2D(3, padding="same"), layers.Cropping2D(1), layers.Flatten()],
        [layers.Flatten(), layers.UnitNormalization(), layers.Dense(8, "swish"), layers.Dropout(0.5)],
    ],
)
def test_many_layers_answer_as_keras_does(stack: list[keras.Layer]) -> None:
    model, content = exported(*stack, layers.Dense(10, "softmax"))
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    expected = np.asarray(model(images[..., None] / np.float32(255), training=False))
    network = Network(content, "")
    np.testing.assert_allclose(network.probabilities(images), expected, atol=1e-5)
    np.testing.assert_allclose(np.exp(network.evidence(images)).argmax(axis=1), expected.argmax(axis=1))


def test_without_a_softmax_the_logarithms_are_the_evidence() -> None:
    _, content = exported(layers.Flatten(), layers.Dense(10, "sigmoid"))
    images, network = np.zeros((1, 28, 28), np.uint8), Network(content, "")
    np.testing.assert_allclose(network.evidence(images), np.log(network.probabilities(images)), atol=1e-6)


def test_the_same_model_gives_the_same_bytes() -> None:
    assert (
        exported(layers.Flatten(), layers.Dense(3, "softmax"))[1]
        == exported(layers.Flatten(), layers.Dense(3, "softmax"))[1]
    )


def test_what_has_no_counterpart_is_told() -> None:
    with pytest.raises(ExportError) as caught:
        exported(layers.Reshape((28, 28)), layers.LSTM(4), layers.Dense(10, "softmax"))
    assert str(caught.value).startswith("the model cannot be written as ONNX\n  found: ")
    assert str(caught.value).endswith(
        "\n  to do: use other layers, or export it as saved-model; the run itself is complete"
    )
