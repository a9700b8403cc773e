"""Keras' callbacks of a person's `fit` that set the learning rate: called as `fit` would call them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from digitlab.runs.run import EpochRecord
from digitlab.training.listeners import Listener


class RateCallbacks(Listener):
    """Calls them before and after each epoch.

    Args:
        callbacks: LearningRateScheduler or ReduceLROnPlateau.
        model: whose optimizer they change.
        history: of the epochs that were done before, which they go through first: a resumed training goes on as if it
            had never stopped.  Restore the checkpoint after that; it has the rate.
    """

    def __init__(self, callbacks: Sequence[Any], model: keras.Model, history: Sequence[EpochRecord]) -> None:
        self._callbacks = list(callbacks)
        for one in self._callbacks:
            one.verbose = 0
            one.set_model(model)
            one.on_train_begin()
        self._begin(0)
        for record in history:
            self.epoch_ended(record)

    def epoch_ended(self, record: EpochRecord) -> None:
        """Say how it went; the next one begins."""
        for one in self._callbacks:
            one.on_epoch_end(record.epoch - 1, {str(getattr(one, "monitor", "")): _monitored(one, record)})
        self._begin(record.epoch)

    def _begin(self, epoch: int) -> None:
        for one in self._callbacks:
            one.on_epoch_begin(epoch)


def _monitored(callback: Any, record: EpochRecord) -> float:
    """What a callback looks at: `val_loss`, `accuracy`, and whatever else an accuracy is called."""
    name = str(getattr(callback, "monitor", "val_loss"))
    if "loss" in name:
        return record.valid_loss if name.startswith("val_") else record.train_loss
    return record.valid_accuracy if name.startswith("val_") else record.train_accuracy
