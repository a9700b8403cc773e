"""A network that learns what others answer: the mean of an ensemble, at the cost of one.

Their answers say more than a label does: this 4 is nearly a 9 (Hinton, Vinyals and Dean 2015, "Distilling the
knowledge in a neural network").  They are asked anew for every image as the augmentation moved it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import tensorflow as tf

from digitlab.errors import RunError
from digitlab.runs.directory import RunDirectory
from digitlab.training.step import TrainStep

SHARE = 0.9  # of the teachers' mean answer in the target; the rest is the label


def load_teachers(folders: Sequence[str]) -> list[keras.Model]:
    """The models of these runs (raises RunError where one is missing)."""
    return [_model_of(RunDirectory(Path(folder))) for folder in folders]


def distilled(step: TrainStep, teachers: Sequence[keras.Model]) -> TrainStep:
    """`step`, with labels that are mostly the mean of the teachers' probabilities."""

    def train_step(model: keras.Model, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        answers = tf.add_n([teacher(images, training=False) for teacher in teachers]) / len(teachers)
        return step(model, images, SHARE * answers + (1 - SHARE) * labels)

    return train_step


def _model_of(directory: RunDirectory) -> keras.Model:
    if not directory.model_file.exists():
        raise RunError(
            f"the run {directory.path} cannot teach",
            found="no model.keras in it",
            remedy="finish it: digitlab train --resume",
        )
    return keras.models.load_model(directory.model_file, compile=False)
