"""Convolution, batch normalisation and ReLU: what the networks of `fast`, `accurate` and `best` are made of."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import layers

MOMENTUM = 0.9  # of the running statistics; a training of one epoch has no time for Keras' 0.99


def block(channels: int, size: int = 3, *, stride: int = 1, padding: str = "same", pool: bool = False) -> list[Any]:
    """Convolution, pooling if asked for, normalisation, ReLU.

    The convolution has no bias, since the normalisation takes any away.  Pooling comes early: it commutes with ReLU,
    and what follows it has a quarter of the work.

    Returns:
        layers: [batch, height, width, any] → [batch, height / stride, width / stride, channels]; pooled, half of that.
    """
    convolution = layers.Conv2D(channels, size, strides=stride, padding=padding, use_bias=False)
    return [
        convolution,
        *([layers.MaxPooling2D()] if pool else []),
        FusedNormalization(momentum=MOMENTUM),
        layers.ReLU(),
    ]


@keras.saving.register_keras_serializable(package="digitlab")
class FusedNormalization(layers.BatchNormalization):
    """Keras' batch normalisation over the last axis, in training as the one operation that TensorFlow has for it.

    Keras makes it of a dozen operations, in float32; this reads the images twice, in the precision that they come in.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """[batch, height, width, channels] → the same."""
        if not training:
            return super().call(inputs, training=False, mask=mask)
        none = tf.constant([], tf.float32)
        answer, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma.value,
            offset=self.beta.value,
            mean=none,
            variance=none,
            epsilon=self.epsilon,
            is_training=True,
        )
        for running, seen in ((self.moving_mean, mean), (self.moving_variance, variance)):
            running.assign(self.momentum * running + (1 - self.momentum) * seen)
        return answer
