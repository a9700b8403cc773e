"""Small finished runs of softmax regression, made without training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from digitlab.config import RunConfig, TrainingConfig
from digitlab.data.dataset import Dataset
from digitlab.data.splits import Splits, split
from digitlab.evaluation.metrics import cross_entropy
from digitlab.report.run_page import RunContents, gather, write_report
from digitlab.runs.run import DatasetInfo, EpochRecord, Predictions, Result, Run, RunInfo


@dataclass(frozen=True)
class Finished:
    """What `write_report` takes."""

    run: Run
    splits: Splits
    predictions: Predictions
    weights: dict[str, NDArray[np.float32]]

    def write(self) -> str:
        return write_report(self.run, self.splits, self.predictions, self.weights).read_text("utf-8")

    def gathered(self) -> RunContents:
        return gather(self.run, self.splits, self.predictions, self.weights)

    def with_config(self, config: RunConfig) -> Finished:
        return replace(self, run=replace(self.run, info=self.run.info.model_copy(update={"config": config})))


Finish = Callable[..., Finished]


@pytest.fixture(scope="session")
def finish(tmp_path_factory: pytest.TempPathFactory, digits: Dataset) -> Finish:
    """A function from class names and a number of epochs to a finished run on small synthetic data."""

    def make(names: tuple[str, ...] = tuple("0123456789"), epochs: int = 2) -> Finished:
        dataset = _with_classes(digits, names)
        splits = split(dataset, seed=0)
        weights = _weights(len(names))
        predictions = Predictions(_answers(weights, splits.test.images), splits.test.labels)
        history = tuple(_epoch(number) for number in range(1, epochs + 1))
        return Finished(
            Run(tmp_path_factory.mktemp("run"), _info(dataset, splits, epochs), history, _result(predictions, names)),
            splits,
            predictions,
            weights,
        )

    return make


@pytest.fixture(scope="session")
def finished(finish: Finish) -> Finished:
    """A run of ten classes, with its report written."""
    finished = finish()
    finished.write()
    return finished


@pytest.fixture(scope="session")
def text(finished: Finished) -> str:
    """The page of that run."""
    return finished.run.report.read_text("utf-8")


def _with_classes(digits: Dataset, names: tuple[str, ...]) -> Dataset:
    """The digits under other labels, drawn at random."""
    rng = np.random.default_rng(1)
    assert digits.test is not None
    parts = [replace(part, labels=rng.integers(len(names), size=len(part))) for part in (digits.train, digits.test)]
    return Dataset("small", parts[0], parts[1], names)


def _weights(classes: int) -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(2)
    kernel = rng.normal(0, 0.2, (784, classes)).astype(np.float32)
    return {"net/dense/kernel": kernel, "net/dense/bias": rng.normal(0, 1, classes).astype(np.float32)}


def _answers(weights: dict[str, NDArray[np.float32]], images: NDArray[np.uint8]) -> NDArray[np.float32]:
    kernel, bias = weights.values()
    powers = np.exp(np.einsum("nij,ijc->nc", images / 255, kernel.reshape(28, 28, -1)) + bias)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _epoch(number: int) -> EpochRecord:
    return EpochRecord(
        epoch=number,
        train_loss=1 / number,
        train_accuracy=1 - 0.5 / number,
        valid_loss=1.2 / number,
        valid_accuracy=1 - 0.6 / number,
        seconds=0.1,
    )


def _result(predictions: Predictions, names: tuple[str, ...]) -> Result:
    loss = float(cross_entropy(predictions.probabilities, predictions.labels).mean())
    return Result.of(predictions, names, loss=loss, seconds=0.2, milliseconds_per_image=0.01)


def _info(dataset: Dataset, splits: Splits, epochs: int) -> RunInfo:
    return RunInfo(
        config=RunConfig(recipe="softmax", data="small", training=TrainingConfig(epochs=epochs)),
        dataset=DatasetInfo(
            name=dataset.name,
            sha256=dataset.sha256,
            train=len(splits.train),
            validation=len(splits.validation),
            test=len(splits.test),
            class_names=dataset.class_names,
            notes=("resized from 8 × 8",),
        ),
        model="softmax regression, y = softmax(Wx + b)",
        parameters=7850,
        started="2026-11-24T02:00:00+00:00",
        status="done",
        test_looks=1,
        versions={"numpy": "2.1"},
        machine={"cores": 2},
    )
