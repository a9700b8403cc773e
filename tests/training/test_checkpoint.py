from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from digitlab.errors import RunError
from digitlab.training import checkpoint


def a_training(units: int = 4) -> tuple[keras.Model, keras.optimizers.Optimizer]:
    model = keras.Sequential(
        [keras.layers.Input((3,)), keras.layers.Dense(units), keras.layers.Dropout(0.5), keras.layers.Dense(2)]
    )
    optimizer = keras.optimizers.Adam(0.01)
    optimizer.build(model.trainable_variables)
    return model, optimizer


def variables(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> checkpoint.Variables:
    return {"model": model.variables, "optimizer": optimizer.variables}


def step(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> bytes:
    """One step with dropout and Adam: its result depends on every state there is."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(np.ones((8, 3), np.float32), training=True) ** 2)
    optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
    return b"".join(np.asarray(variable).tobytes() for variable in model.variables)


def test_a_restored_training_goes_on_as_if_never_stopped(tmp_path: Path) -> None:
    model, optimizer = a_training()
    step(model, optimizer)
    checkpoint.save(tmp_path / "c.npz", variables(model, optimizer), epoch=3)
    expected = step(model, optimizer)
    other_model, other_optimizer = a_training()
    assert checkpoint.restore(tmp_path / "c.npz", variables(other_model, other_optimizer)) == 3
    assert step(other_model, other_optimizer) == expected


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    model, optimizer = a_training()
    checkpoint.save(tmp_path / "c.npz", variables(model, optimizer), epoch=1)
    smaller = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])
    sgd = keras.optimizers.SGD()
    sgd.build(smaller.trainable_variables)
    with pytest.raises(RunError, match=r"the checkpoint belongs to another model or optimizer\n  found: \d+ variables"):
        checkpoint.restore(tmp_path / "c.npz", variables(smaller, sgd))
