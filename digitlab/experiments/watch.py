"""A training loop of one's own, made visible: with one line in it, it leaves a run folder that the lab page shows.

That line is the head of the loop:

    for epoch in digitlab.watch(range(1, EPOCHS + 1), model, train_loss=train_loss, valid_loss=valid_loss):
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from digitlab.base import machine
from digitlab.config import RunConfig, TrainingConfig
from digitlab.errors import UsageError, unknown_name
from digitlab.runs.catalog import DEFAULT_FOLDER
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import DatasetInfo, EpochRecord, RunInfo
from digitlab.runtime.places import LOOP_OF_A_SCRIPT
from digitlab.training import checkpoint
from digitlab.training.steering import Steering

FIGURES = ("train_loss", "train_accuracy", "valid_loss", "valid_accuracy")  # the columns of history.csv

_Epoch = TypeVar("_Epoch")


def watch(
    epochs: Iterable[_Epoch], model: Any, *, optimizer: Any = None, out: Path | str = DEFAULT_FOLDER, **figures: Any
) -> Iterator[_Epoch]:
    """Go through `epochs`, and after each write down how the training stands.

    Args:
        epochs: what the loop goes through, as `range(1, 26)`.
        model: of Keras; its variables are kept after each epoch.
        optimizer: of Keras; with it the learning rate can be changed from the page.
        out: the folder in which the run gets a folder of its own.
        figures: train_loss, train_accuracy, valid_loss and valid_accuracy, any of them: metrics of Keras, or
            functions without arguments.  They are read when an epoch ends.

    Raises:
        UsageError: a figure of another name, or one that gives no number.
        KeyboardInterrupt: somebody stopped the training from the page.
    """
    for name in figures:
        if name not in FIGURES:
            raise unknown_name("figure", name, FIGURES)
    directory = RunDirectory.create(Path(out), f"{_script().stem}-{datetime.now():%Y-%m-%dT%H-%M-%S}", _info(epochs))
    history: list[EpochRecord] = []
    with directory.lock():
        ending: Any = "interrupted"  # what it is if the loop is left before its end
        try:
            steering, start = Steering(directory, optimizer, 0), time.perf_counter()
            for epoch in epochs:
                yield epoch
                history.append(_record(figures, len(history) + 1, time.perf_counter() - start))
                directory.write_history(history)
                directory.note_parameters(model.count_params())
                checkpoint.save(directory.checkpoint_file, {"model": model.variables}, len(history))
                steering.epoch_ended(history[-1])
                start = time.perf_counter()
            ending = "done"
        finally:
            directory.mark(ending)


def _record(figures: dict[str, Any], epoch: int, seconds: float) -> EpochRecord:
    values = {name: _value(name, figures[name]) if name in figures else math.nan for name in FIGURES}
    return EpochRecord(epoch=epoch, seconds=seconds, **values)


def _value(name: str, figure: Any) -> float:
    """What a metric of Keras, or a function, says now."""
    read: Callable[[], Any] = getattr(figure, "result", figure)
    try:
        return float(read())
    except TypeError as error:
        raise UsageError(
            f"the figure {name} gives no number",
            found=f"{type(figure).__name__}: {error}",
            remedy=f"give a metric of Keras or a function, as {name}=lambda: my_value",
        ) from None


def _script() -> Path:
    return Path(getattr(sys.modules["__main__"], "__file__", None) or "notebook")


def _info(epochs: Iterable[Any]) -> RunInfo:
    """The run of a loop that is not ours, whose data is unknown."""
    name = _script().name
    training = TrainingConfig(
        epochs=max(1, len(epochs)) if isinstance(epochs, Sized) else 1, optimizer="own", learning_rate=None
    )
    return RunInfo(
        config=RunConfig(recipe=name, data=f"that of {name}", training=training, test=False),
        dataset=DatasetInfo(name=f"that of {name}", sha256="", train=0, validation=0, test=0, class_names=()),
        model=f"the model of {name}",
        parameters=0,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        status="running",
        no_bundle=LOOP_OF_A_SCRIPT,
        versions=machine.versions(),
        machine=machine.describe(),
        watched=True,
    )
