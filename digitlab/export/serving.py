"""The function in every export: uint8 images in, probabilities out; scaling and shape are part of it."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from digitlab.training.setup import Trainable

INPUT, OUTPUT = "images", "probabilities"


def serving_function(trainable: Trainable) -> Any:
    """A `tf.function`: images uint8 [N, *shape] → {"probabilities": float32 [N, classes]}."""
    signature = [tf.TensorSpec([None, *trainable.spec.shape], tf.uint8, name=INPUT)]

    @tf.function(input_signature=signature, jit_compile=False)
    def serve(images: tf.Tensor) -> dict[str, tf.Tensor]:
        rows = tf.reshape(images, [-1, *trainable.image_shape])
        answers = tf.cast(trainable.model(tf.cast(rows, tf.float32) / 255.0, training=False), tf.float32)
        return {OUTPUT: tf.nn.softmax(answers) if trainable.gives_logits else answers}

    return serve


def frozen_function(trainable: Trainable) -> Any:
    """The same as a concrete function, with the weights as constants in its graph."""
    return frozen_graph(serving_function(trainable))


def frozen_graph(function: Any) -> Any:
    """A `tf.function` of one signature as a concrete function, with the weights as constants in its graph."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    return convert_variables_to_constants_v2(function.get_concrete_function())
