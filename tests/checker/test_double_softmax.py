"""Every way to combine a model's output with a loss: the right ones give no finding, the wrong ones are distinguished.

The loss is computed in a step of the program's own, compiled and not; Keras notices some of these by itself, and not
always the same with and without @tf.function.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

PROGRAM = """
import keras
import tensorflow as tf

(x_train, y_train), _ = keras.datasets.mnist.load_data()
x_train = x_train.reshape(-1, 784).astype("float32") / 255
data = tf.data.Dataset.from_tensor_slices((x_train, y_train)).batch(32)
{model}
loss_object = keras.losses.SparseCategoricalCrossentropy(from_logits={from_logits})
optimizer = keras.optimizers.SGD(0.01)


{decorator}
def train_step(images, labels):
    with tf.GradientTape() as tape:
        loss = {loss}
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))


for images, labels in data:
    train_step(images, labels)
"""
DENSE = """
model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10{activation}){more}])
"""
SUBCLASS = """
class Model(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(10)

    def call(self, x):
        return tf.nn.softmax(self.dense(x))


model = Model()
"""
KERAS_LOSS = "loss_object(labels, model(images))"
TF_LOSS = "tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(labels, tf.int64), model(images)))"
ACTIVATION = DENSE.format(activation=", activation='softmax'", more="")
LAYER = DENSE.format(activation="", more=", keras.layers.Softmax()")
RESHAPED = DENSE.format(activation=", activation='softmax'", more=", keras.layers.Reshape((10,))")
LOGITS = DENSE.format(activation="", more="")

# model, from_logits, loss; what is found compiled, and line by line
PATHS = {
    "Dense(softmax), from_logits": (ACTIVATION, True, KERAS_LOSS, ("softmax-twice", "warning")),
    "Softmax layer, from_logits": (LAYER, True, KERAS_LOSS, ("softmax-twice", "warning")),
    "Dense(softmax) and Reshape, from_logits": (RESHAPED, True, KERAS_LOSS, ("softmax-twice", "error")),
    "tf.nn.softmax, from_logits": (SUBCLASS, True, KERAS_LOSS, ("softmax-twice", "error")),
    "tf.nn.softmax, tf.nn loss": (SUBCLASS, True, TF_LOSS, ("softmax-twice", "error")),
    "Dense(softmax), tf.nn loss": (ACTIVATION, True, TF_LOSS, ("softmax-twice", "error")),
    "logits, from_logits=False": (LOGITS, False, KERAS_LOSS, ("logits-as-probabilities", "error")),
    "Dense(softmax), right": (ACTIVATION, False, KERAS_LOSS, None),
    "logits, right": (LOGITS, True, KERAS_LOSS, None),
    "logits, tf.nn loss, right": (LOGITS, True, TF_LOSS, None),
}


@pytest.mark.parametrize("decorator", ["", "@tf.function"], ids=["eager", "compiled"])
@pytest.mark.parametrize("path", PATHS)
def test_each_way_is_distinguished(path: str, decorator: str, checked: Callable[..., list[object]]) -> None:
    model, from_logits, loss, expected = PATHS[path]
    findings = checked(PROGRAM.format(model=model, from_logits=from_logits, loss=loss, decorator=decorator))
    found = [(finding.slug, finding.severity) for finding in findings]  # type: ignore[attr-defined]
    assert found == ([expected] if expected else [])
