"""`digitlab.check` on models that exist: what it takes, what it says, and that it leaves them as they were."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import digitlab
from digitlab.data.dataset import Dataset
from digitlab.errors import DataError, UsageError

DENSE = keras.layers.Dense


def mlp(activation: str | None = "relu") -> keras.Sequential:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((784,)), DENSE(32, activation=activation), DENSE(10, activation="softmax")])


def test_a_right_model_is_left_alone_and_as_it_was(digits: Dataset) -> None:
    model = mlp()
    model.compile(keras.optimizers.Adam(), "sparse_categorical_crossentropy")
    before = [weight.numpy() for weight in model.variables]
    findings = digitlab.check(model, digits)
    assert findings == ()
    assert str(findings) == "No problems found (35 checks)."
    assert all((weight.numpy() == old).all() for weight, old in zip(model.variables, before, strict=True))


def test_a_missing_activation_is_found(digits: Dataset) -> None:
    [finding] = digitlab.check(mlp(activation=None), digits)
    assert finding.code == "DL301"
    assert finding.observed == (
        "the weights 784×32 are followed by 32×10 with only scaling, shifting or reshaping between them"
    )


def test_loss_and_step_are_looked_at_too(digits: Dataset) -> None:
    model = mlp()
    optimizer = keras.optimizers.SGD(0.1)

    def train_step(images: tf.Tensor, labels: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels, model(images)))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

    assert [one.slug for one in digitlab.check(model, digits, train_step=train_step)] == ["softmax-twice"]
    wrong = keras.losses.CategoricalCrossentropy(from_logits=True)
    assert [one.slug for one in digitlab.check(model, digits, loss=wrong)] == ["softmax-twice"]


def test_arrays_are_taken_as_they_are(digits: Dataset) -> None:
    images, labels = digits.train.images.reshape(-1, 784), digits.train.labels
    model = mlp()
    model.compile("adam", "sparse_categorical_crossentropy")
    assert [one.slug for one in digitlab.check(model, (images.astype("float32"), labels))] == ["input-not-scaled"]
    assert digitlab.check(model, (images.astype("float32") / 255, labels)) == ()


def test_a_function_is_a_model(digits: Dataset) -> None:
    weights = tf.Variable(tf.zeros([784, 10]))

    def model(images: tf.Tensor) -> tf.Tensor:
        return tf.nn.softmax(tf.matmul(images, weights), axis=0)

    assert [one.slug for one in digitlab.check(model, digits)] == ["softmax-wrong-axis"]


def test_images_and_labels_that_do_not_fit(digits: Dataset) -> None:
    with pytest.raises(DataError) as caught:
        digitlab.check(mlp(), (np.zeros((5, 784)), np.zeros(4)))
    assert str(caught.value) == (
        "images and labels do not fit together\n"
        "  found: images [5, 784], labels [4]\n"
        "  to do: give (images, labels) with as many rows each; labels as class numbers or one-hot"
    )


def test_a_model_that_takes_other_images(digits: Dataset) -> None:
    other = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Flatten(), DENSE(10)])
    with pytest.raises(UsageError) as caught:
        digitlab.check(other, digits)
    assert caught.value.problem == "the model cannot be called on the images"
