"""The spine: a training from its name to its report, in the order of the lab sheet.

`train` says what is to be done; `resume` takes up a run that was left; both then do the same work.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from digitlab import machine
from digitlab.config import RunConfig, TrainingConfig, checked
from digitlab.data.dataset import Dataset, Split
from digitlab.data.sources import load
from digitlab.data.splits import Splits, split
from digitlab.errors import RunError
from digitlab.evaluation.metrics import softmax
from digitlab.files import replacing
from digitlab.models.filespec import is_file_spec
from digitlab.report.page import write_report
from digitlab.runs.catalog import DEFAULT_FOLDER, find_run
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import DatasetInfo, EpochRecord, Predictions, Result, Run, RunInfo
from digitlab.trainable import Trainable, make_trainable, settings_of, source_of
from digitlab.training import checkpoint
from digitlab.training.listeners import Listener
from digitlab.training.progress import ProgressDisplay

if TYPE_CHECKING:  # TensorFlow takes seconds to load: wrong options and bad data are told before
    from digitlab.training.epoch import CompiledEvaluation, ResidentSplit, TrainStep

SAMPLE = 1_000  # images on which a user's file is tried, taken evenly since some data is sorted by class


def train(
    spec: str = "softmax",
    data: Dataset | str | None = None,
    *,
    out: Path | str = DEFAULT_FOLDER,
    test: bool = True,
    report: bool = True,
    threads: int | None = None,
    train_step: TrainStep | None = None,
    listeners: Sequence[Listener] | None = None,
    **settings: Any,
) -> Run:
    """Train a model on a dataset, test it once, and leave a run folder with a report.

    Args:
        spec: a recipe (`softmax`, `mlp:512-256`, `cnn`), or a file of yours (`my_model.py`, `my_model.py:Name`).
        data: a dataset, or what `digitlab.load` takes.
        out: the folder in which the run gets a folder of its own.
        test: open the test part at the end.
        report: write `report.html` and the figures then.
        threads: the most that TensorFlow may compute with; has to be said before its first computation.
        train_step: your own (model, images [batch, 784], labels [batch, classes]) → (loss, predictions), compiled
            into the same function; it has to update the weights.
        listeners: told of everything that happens; by default a progress display.
        settings: what differs from the recipe's `TrainingConfig`: epochs, batch_size, learning_rate, seed, stratified.

    Raises:
        DigitlabError: one of its kinds, each saying what is wrong, what arrived and what to do.
    """
    training = checked(TrainingConfig, **{**settings_of(spec).model_dump(), **settings})
    dataset = data if isinstance(data, Dataset) else load(data)
    source = source_of(spec)
    config = RunConfig(
        recipe=spec,
        source_sha256=source.sha256 if source else None,
        data=dataset.name,
        training=training,
        test=test,
        threads=threads,
        train_step=train_step.__name__ if train_step else None,
    )
    told: list[Listener] = [ProgressDisplay()] if listeners is None else list(listeners)
    work = _Work.prepare(config, dataset, train_step, told)
    name = f"{_folder_name(spec)}-{datetime.now():%Y-%m-%dT%H-%M-%S}"
    directory = RunDirectory.create(Path(out), name, work.describe(dataset), source)
    with directory.lock():
        return work.run(directory, report=report)


def resume(
    path: Path | str,
    data: Dataset | None = None,
    *,
    report: bool = True,
    train_step: TrainStep | None = None,
    listeners: Sequence[Listener] | None = None,
) -> Run:
    """Finish a run that was interrupted; the weights become those of one that never was.

    Args:
        path: its folder.
        data: its dataset; None: loaded again from where it came from.
        report: as for `train`.
        train_step: the same own step that the run was started with.
        listeners: as for `train`.

    Raises:
        RunError: there is nothing to resume, the data is not the same, or another process is at work there.
    """
    directory = find_run(str(path))
    with directory.lock():
        info = directory.info
        if info.status == "done":
            raise RunError(
                f"{directory.path} is finished",
                found=f"{len(directory.history)} of {info.config.training.epochs} epochs",
                remedy=f"look at it: digitlab runs show {directory.path}",
            )
        dataset = data if data is not None else load(info.config.data)
        _refuse_other_data(dataset, info)
        _refuse_other_step(train_step, info)
        told: list[Listener] = [ProgressDisplay()] if listeners is None else list(listeners)
        work = _Work.prepare(info.config, dataset, train_step, told, file=directory.source_file)
        return work.run(directory, report=report)


@dataclass(frozen=True)
class _Work:
    """One run, ready to go: what was asked, the data in its parts, and what trains."""

    config: RunConfig
    splits: Splits
    class_names: tuple[str, ...]
    trainable: Trainable
    evaluation: CompiledEvaluation
    listeners: list[Listener]

    @classmethod
    def prepare(
        cls,
        config: RunConfig,
        dataset: Dataset,
        train_step: TrainStep | None,
        listeners: list[Listener],
        file: Path | None = None,
    ) -> _Work:
        for listener in listeners:
            listener.preparing()
        splits = split(dataset, config.training.seed, stratified=config.training.stratified)
        sample = splits.train.take(np.linspace(0, len(splits.train) - 1, SAMPLE, dtype=np.int64))
        trainable = make_trainable(config, len(dataset.class_names), sample, train_step, file)
        from digitlab.training.epoch import CompiledEvaluation

        evaluation = CompiledEvaluation(trainable.model, trainable.loss)
        return cls(config, splits, dataset.class_names, trainable, evaluation, listeners)

    def describe(self, dataset: Dataset) -> RunInfo:
        """What `run.json` says when the run begins."""
        return RunInfo(
            config=self.config,
            dataset=DatasetInfo(
                name=dataset.name,
                sha256=dataset.sha256,
                train=len(self.splits.train),
                validation=len(self.splits.validation),
                test=len(self.splits.test),
                class_names=dataset.class_names,
                notes=(*dataset.notes, *self.trainable.notes),
            ),
            model=self.trainable.title,
            parameters=self.trainable.model.count_params(),
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            status="running",
            versions=machine.versions(),
            machine=machine.describe(),
        )

    def run(self, directory: RunDirectory, *, report: bool) -> Run:
        """Fit, save, test, report; whatever ends it early is written down in the run."""
        directory.mark("running")
        try:
            self._fit(directory)
            self._save_model(directory)
            if self.config.test:
                self._test(directory)
            if self.config.test and report:
                write_report(directory.read(), self.splits, directory.predictions, directory.weights)
            directory.mark("done")
        except KeyboardInterrupt:
            directory.mark("interrupted")
            raise
        except BaseException:
            directory.mark("failed")
            raise
        finally:
            for listener in self.listeners:
                listener.stopped()
        return directory.read()

    def _fit(self, directory: RunDirectory) -> None:
        from digitlab.training.fit import fit

        done = 0
        if directory.checkpoint_file.exists():
            done = checkpoint.restore(directory.checkpoint_file, self.trainable.variables)
        for listener in self.listeners:
            listener.started(directory.path, directory.info, done)
        fit(
            self.trainable.model,
            self.trainable.train_step,
            self.evaluation,
            self._resident(self.splits.train),
            self._resident(self.splits.validation),
            self.config.training,
            done=done,
            listeners=[_Recorder(self.trainable.variables, directory, done), *self.listeners],
        )

    def _save_model(self, directory: RunDirectory) -> None:
        """Write `model.keras`; a user's class that Keras cannot describe has its weights in the checkpoint only."""
        try:
            with replacing(directory.model_file) as temporary:
                self.trainable.model.save(temporary)
        except (NotImplementedError, TypeError, ValueError) as error:
            if self.config.source_sha256 is None:
                raise
            reason = " ".join(str(error).split())[:160]
            for listener in self.listeners:
                listener.noted(f"there is no model.keras, since Keras cannot save this model: {reason} …")

    def _test(self, directory: RunDirectory) -> None:
        """Open the test part, unless that was done before the run was interrupted."""
        result = directory.result
        if result is None:
            result, predictions = self._evaluate(directory)
            directory.write_result(result, predictions)
        for listener in self.listeners:
            listener.tested(result)

    def _evaluate(self, directory: RunDirectory) -> tuple[Result, Predictions]:
        self.evaluation.run(self._resident(self.splits.validation))  # warm: the time below is that of predicting
        directory.count_test_look()
        test = self.splits.test
        resident, start = self._resident(test), time.perf_counter()
        score, answers = self.evaluation.run(resident)
        seconds = time.perf_counter() - start
        probabilities = softmax(answers) if self.trainable.gives_logits else answers
        predictions = Predictions(probabilities, test.labels)
        result = Result.of(
            predictions,
            self.class_names,
            loss=score.loss,
            seconds=sum(record.seconds for record in directory.history),
            milliseconds_per_image=1000 * seconds / len(test),
        )
        return result, predictions

    def _resident(self, part: Split) -> ResidentSplit:
        from digitlab.training.epoch import ResidentSplit

        return ResidentSplit(part, len(self.class_names), self.trainable.image_shape)


class _Recorder(Listener):
    """Writes history and checkpoint after each epoch.

    The history goes first: a run killed between the two repeats the epoch, and `done` says which lines count.
    """

    def __init__(self, variables: checkpoint.Variables, directory: RunDirectory, done: int) -> None:
        self._variables = variables
        self._directory = directory
        self._history: list[EpochRecord] = list(directory.history[:done])

    def epoch_ended(self, record: EpochRecord) -> None:
        self._history.append(record)
        self._directory.write_history(self._history)
        checkpoint.save(self._directory.checkpoint_file, self._variables, record.epoch)


def _folder_name(spec: str) -> str:
    """The spec as a name that every file system takes: «mlp:512-256» → «mlp-512-256», «models/deep.py» → «deep»."""
    name = spec.replace(".py", "").rpartition("/")[2] if is_file_spec(spec) else spec
    return re.sub(r"[^\w.-]+", "-", name)


def _refuse_other_data(dataset: Dataset, info: RunInfo) -> None:
    if dataset.sha256 != info.dataset.sha256:
        raise RunError(
            f"the data '{info.config.data}' is not what the run was started with",
            found=f"sha256 {dataset.sha256[:12]}… where {info.dataset.sha256[:12]}… is needed",
            remedy="bring the old data back, or start a new run",
        )


def _refuse_other_step(train_step: TrainStep | None, info: RunInfo) -> None:
    given, needed = train_step.__name__ if train_step else None, info.config.train_step
    if given != needed:
        raise RunError(
            "the run was started with another train step",
            found=f"{given or 'none'} where {needed or 'none'} is needed",
            remedy="from Python: digitlab.resume(path, train_step=…)",
        )
