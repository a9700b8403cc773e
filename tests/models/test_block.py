from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from digitlab.models.block import FusedNormalization, block

IMAGES = np.random.default_rng(0).normal(3, 2, (8, 6, 6, 16)).astype(np.float32)


def trained(layer: keras.layers.Layer) -> list[np.ndarray]:
    """Answer in training, gradients of weighted sums of it, statistics after it, answer out of training."""
    x, weights = tf.constant(IMAGES), np.random.default_rng(1).normal(size=IMAGES.shape)
    layer.build(x.shape)
    with tf.GradientTape() as tape:
        tape.watch(x)
        answer = layer(x, training=True)
        total = tf.reduce_sum(answer * tf.constant(weights, tf.float32))
    gradients = tape.gradient(total, [x, *layer.trainable_variables])
    after = [variable.numpy() for variable in layer.non_trainable_variables]
    return [answer.numpy(), *(part.numpy() for part in gradients), *after, np.asarray(layer(x, training=False))]


def test_it_does_what_keras_does() -> None:
    """But for the running variance, which is that of a sample here (n − 1)."""
    n = IMAGES[..., 0].size
    ours, theirs = trained(FusedNormalization(momentum=0.9)), trained(keras.layers.BatchNormalization(momentum=0.9))
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=2 / n, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({}, (2, 8, 8, 16)),
        ({"pool": True}, (2, 4, 4, 16)),
        ({"stride": 2}, (2, 4, 4, 16)),
        ({"padding": "valid"}, (2, 6, 6, 16)),
    ],
)
def test_a_block_halves_when_it_pools(options: dict[str, object], shape: tuple[int, ...]) -> None:
    model = keras.Sequential([keras.layers.Input((8, 8, 1)), *block(16, **options)])  # type: ignore[arg-type]
    answers = np.asarray(model(np.zeros((2, 8, 8, 1), np.float32), training=True))
    assert answers.shape == shape
    assert (answers >= 0).all()


def test_a_model_with_blocks_comes_back_from_its_file(tmp_path: object) -> None:
    model = keras.Sequential([keras.layers.Input((8, 8, 1)), *block(16), keras.layers.Flatten()])
    model.save(f"{tmp_path}/model.keras")
    again = keras.models.load_model(f"{tmp_path}/model.keras")
    images = np.random.default_rng(0).random((3, 8, 8, 1), np.float32)
    np.testing.assert_allclose(np.asarray(again(images)), np.asarray(model(images)), atol=1e-6)
