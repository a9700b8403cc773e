"""Epoch after epoch: train, validate, remember."""

from __future__ import annotations

import math
import time

import keras

from digitlab.config import TrainingConfig
from digitlab.errors import TrainingError
from digitlab.runs.run import EpochRecord
from digitlab.training.augment import make_augment
from digitlab.training.listeners import Listener
from digitlab.training.plan import epoch_order
from digitlab.training.step import CompiledEpoch, CompiledEvaluation, ResidentSplit, TrainStep


def fit(
    model: keras.Model,
    train_step: TrainStep,
    evaluation: CompiledEvaluation,
    train: ResidentSplit,
    validation: ResidentSplit,
    config: TrainingConfig,
    *,
    done: int = 0,
    listener: Listener,
) -> None:
    """Train `model` for the epochs after `done`, up to `config.epochs`.

    Raises:
        TrainingError: the loss became NaN or infinite; `listener.epoch_ended` is not called for that epoch.
    """
    augment = make_augment(config.augmentation, train.spec, black=train.black)
    epoch_runner = CompiledEpoch(model, train_step, train, config.batch_size, augment, config.draw_seed)
    epoch_runner.trace()  # so that the seconds of the first epoch are like those of the others
    for epoch in range(done + 1, config.epochs + 1):
        start, listened = time.perf_counter(), 0.0

        def on_steps(done: int, steps: int, epoch: int = epoch) -> None:
            nonlocal listened
            begun = time.perf_counter()
            listener.stepped(epoch, done, steps)
            listened += time.perf_counter() - begun

        trained = epoch_runner.run(epoch_order(len(train), config.draw_seed, epoch), on_steps, epoch)
        validated, _ = evaluation.run(validation)
        _refuse_not_a_number(epoch, trained.loss, validated.loss, config.learning_rate)
        record = EpochRecord(
            epoch=epoch,
            train_loss=trained.loss,
            train_accuracy=trained.accuracy,
            valid_loss=validated.loss,
            valid_accuracy=validated.accuracy,
            seconds=time.perf_counter() - start - listened,  # a listener may make a pause
        )
        listener.epoch_ended(record)


def _refuse_not_a_number(epoch: int, train_loss: float, valid_loss: float, learning_rate: float | None) -> None:
    if math.isfinite(train_loss) and math.isfinite(valid_loss):
        return
    rate = f", learning rate {learning_rate:g}" if learning_rate else ""
    smaller = f"try a smaller rate, --learning-rate {learning_rate / 10:g}" if learning_rate else "try a smaller rate"
    raise TrainingError(
        f"the loss became NaN or infinite in epoch {epoch}",
        found=f"train loss {train_loss}, validation loss {valid_loss}{rate}",
        remedy=f"{smaller}; {'the previous epoch was saved' if epoch > 1 else 'no epoch had completed'}",
    )
