"""A program trained by digitlab against the program's own loop: the same weights, the same batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from digitlab.data.dataset import Split
from digitlab.programs.legacy import today
from digitlab.programs.program import Program, load_program
from digitlab.programs.source import read_source
from digitlab.programs.stage import as_script, staged
from digitlab.programs.trained import Trained, trained
from digitlab.training.plan import epoch_order
from digitlab.training.step import CompiledEpoch, ResidentSplit

GOOD = Path(__file__).parents[1] / "checker" / "good"
BATCH, BATCHES = 20, 8
# A bias before batch normalization has no gradient but what rounding leaves, of which Adam makes whole steps, and four
# such layers make ten times of a difference in each step; bfloat16
# keeps eight bits; dropout of TensorFlow's own is drawn from the place of the operation.
ROUNDING = {
    "conv_bias_before_bn": ('optimizer="adam"', 'optimizer={"class_name": "SGD", "config": {"learning_rate": 1e-4}}'),
    "dropout_bn_own_loop": ("optimizers.Adam(learning_rate=0.001)", "optimizers.SGD(0.01)"),
    "separable_conv": ("optimizers.Adam(3e-3)", "optimizers.SGD(0.01)"),
    "mixed_bfloat16": ('"mixed_bfloat16"', '"float32"'),
    "old_tf1_style": ("keep_prob=0.5", "keep_prob=1.0"),
}


class Agreement(NamedTuple):
    """How far the weights of both are apart at most, and how far the training moved them."""

    apart: float
    moved: float


def loaded(path: Path, data: Split, name: str | None = None) -> tuple[Program, Trained]:
    """The program as captured and as digitlab trains it."""
    keras.utils.set_random_seed(3)
    source, _ = today(read_source(str(path)))
    with staged(source):
        program = load_program(source, name, data)
        return program, trained(program, data, 10)


def agreement(program: Program, user: Trained, data: Split) -> Agreement:
    """Train one short epoch by digitlab, then the same batches by the program's own step, as it calls it."""
    assert user.step is not None
    assert program.step is not None
    few = data.take(np.arange(BATCH * BATCHES))
    resident = ResidentSplit(few, 10, user.image_shape)
    weights = [_plain(one) for one in user.model.variables]
    every = [*weights, *map(_plain, user.optimizer.variables if user.optimizer else ()), *user.variables]
    start, order = [one.numpy() for one in every], epoch_order(len(few), 0, 1)
    CompiledEpoch(user.model, user.step, resident, BATCH).run(order, lambda done, steps: None)
    ours = [one.numpy() for one in weights]
    for variable, value in zip(every, start, strict=True):
        variable.assign(value)
    images = user.step.feed.images(tf.cast(resident.images, tf.float32) / 255.0)
    labels = user.step.feed.targets(tf.one_hot(resident.labels, 10))
    user.step.begin()
    with as_script(program.source):
        for batch in np.split(order, BATCHES):
            program.step.on(tf.gather(images, batch), tf.gather(labels, batch))
    theirs = [one.numpy() for one in weights]
    return Agreement(_apart(ours, theirs), _apart(ours, start[: len(ours)]))


def written(name: str, folder: Path) -> Path:
    """A correct program as a file in `folder`, without what only rounding decides."""
    text = (GOOD / f"{name}.py").read_text()
    before, after = ROUNDING.get(name, ("", ""))
    assert before in text
    path = folder / f"{name}.py"
    path.write_text(text.replace(before, after) if before else text)
    return path


def _apart(some: list[Any], others: list[Any]) -> float:
    floats = [(one, other) for one, other in zip(some, others, strict=True) if one.dtype.kind == "f"]
    return max(float(np.abs(one - other).max()) for one, other in floats)


def _plain(variable: Any) -> tf.Variable:
    return variable if isinstance(variable, tf.Variable) else variable.value
