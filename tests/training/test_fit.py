from __future__ import annotations

import keras
import numpy as np
import pytest

from digitlab.config import TrainingConfig
from digitlab.data.dataset import Dataset
from digitlab.errors import TrainingError
from digitlab.models.softmax import SoftmaxRegression
from digitlab.runs.run import EpochRecord
from digitlab.training.fit import fit
from digitlab.training.listeners import Listener
from digitlab.training.step import CompiledEvaluation, ResidentSplit, gradient_step


class Kept(Listener):
    def __init__(self) -> None:
        self.records: list[EpochRecord] = []

    def epoch_ended(self, record: EpochRecord) -> None:
        self.records.append(record)


def fit_softmax(digits: Dataset, config: TrainingConfig, done: int = 0) -> list[EpochRecord]:
    keras.utils.set_random_seed(config.seed)
    model, kept = SoftmaxRegression(), Kept()
    model(np.zeros((1, 784), np.float32))
    loss = keras.losses.CategoricalCrossentropy()
    step = gradient_step(loss, keras.optimizers.SGD(config.learning_rate))
    train, validation = ResidentSplit(digits.train, 10), ResidentSplit(digits.train.take(np.arange(100)), 10)
    fit(model, step, CompiledEvaluation(model, loss), train, validation, config, done=done, listener=kept)
    return kept.records


def test_it_learns(digits: Dataset) -> None:
    records = fit_softmax(digits, TrainingConfig(epochs=20, learning_rate=0.1))
    assert [record.epoch for record in records] == list(range(1, 21))
    assert records[-1].train_loss < records[0].train_loss / 2
    assert records[-1].valid_accuracy > 0.6


def test_a_resumed_fit_does_the_epochs_that_are_left(digits: Dataset) -> None:
    assert [record.epoch for record in fit_softmax(digits, TrainingConfig(epochs=5), done=3)] == [4, 5]


def test_a_loss_that_is_not_a_number_stops_it_at_once(digits: Dataset) -> None:
    with pytest.raises(TrainingError) as caught:
        fit_softmax(digits, TrainingConfig.model_construct(epochs=3, learning_rate=1e38))
    assert "the loss became NaN or infinite in epoch 1" in str(caught.value)
    assert "learning rate 1e+38" in str(caught.value)
    assert "try a smaller rate, --learning-rate 1e+37" in str(caught.value)
