"""Epoch after epoch: train, validate, remember."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

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
    listeners: Sequence[Listener] = (),
) -> None:
    """Train `model` for the epochs after `done`, up to `config.epochs`; listeners are told of each.

    Raises:
        TrainingError: the loss is no longer a finite number; no listener was told of that epoch.
    """
    augment = make_augment(config.augmentation, train.spec, black=train.black)
    epoch_runner = CompiledEpoch(model, train_step, train, config.batch_size, augment, config.draw_seed)
    epoch_runner.trace()  # so that the seconds of the first epoch are like those of the others
    for epoch in range(done + 1, config.epochs + 1):
        start, told = time.perf_counter(), 0.0

        def on_steps(done: int, steps: int, epoch: int = epoch) -> None:
            nonlocal told
            begun = time.perf_counter()
            for listener in listeners:
                listener.stepped(epoch, done, steps)
            told += time.perf_counter() - begun

        trained = epoch_runner.run(epoch_order(len(train), config.draw_seed, epoch), on_steps, epoch)
        validated, _ = evaluation.run(validation)
        _refuse_not_a_number(epoch, trained.loss, validated.loss, config.learning_rate)
        record = EpochRecord(
            epoch=epoch,
            train_loss=trained.loss,
            train_accuracy=trained.accuracy,
            valid_loss=validated.loss,
            valid_accuracy=validated.accuracy,
            seconds=time.perf_counter() - start - told,  # a listener may make a pause
        )
        for listener in listeners:
            listener.epoch_ended(record)


def _refuse_not_a_number(epoch: int, train_loss: float, valid_loss: float, learning_rate: float | None) -> None:
    if math.isfinite(train_loss) and math.isfinite(valid_loss):
        return
    rate = f", learning rate {learning_rate:g}" if learning_rate else ""
    smaller = f"try a smaller rate, --learning-rate {learning_rate / 10:g}" if learning_rate else "try a smaller rate"
    raise TrainingError(
        f"the loss is not a finite number any more in epoch {epoch}",
        found=f"train loss {train_loss}, validation loss {valid_loss}{rate}",
        remedy=f"{smaller}; {'the epoch before is kept' if epoch > 1 else 'no epoch was complete'}",
    )
