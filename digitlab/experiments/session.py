"""One run from start to end: fit, save, test, report; each step writes its files into the run's folder."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from digitlab.base import machine
from digitlab.base.files import replacing
from digitlab.base.findings import Finding
from digitlab.config import RunConfig
from digitlab.data.dataset import Dataset, Split
from digitlab.data.splits import Splits, split
from digitlab.errors import ExportError, RunError, StorageError
from digitlab.evaluation.metrics import softmax
from digitlab.export.read_back import read_back
from digitlab.preprocess.settings import Digits, Preprocessing
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import DatasetInfo, EpochRecord, Predictions, Result, Run, RunInfo
from digitlab.runtime.bundle import read_bundle, write_bundle
from digitlab.runtime.predictor import Predictor
from digitlab.training import checkpoint
from digitlab.training.listeners import Listener, Listeners
from digitlab.training.setup import Trainable, make_trainable
from digitlab.training.steering import Steering

if TYPE_CHECKING:
    from digitlab.training.step import CompiledEvaluation, ResidentSplit, TrainStep

Format = Literal["onnx", "litert", "saved-model"]  # of an export

SAMPLE = 1_000  # images on which a user's file is tried, taken evenly since some data is sorted by class


@dataclass(frozen=True)
class Session:
    """One run, ready to start: its config, the data in its parts, and what trains."""

    config: RunConfig
    splits: Splits
    class_names: tuple[str, ...]
    preprocessing: Preprocessing
    trainable: Trainable
    evaluation: CompiledEvaluation
    listeners: Listeners

    @classmethod
    def prepare(
        cls,
        config: RunConfig,
        dataset: Dataset,
        train_step: TrainStep | None,
        listeners: Listeners,
        file: Path | None = None,
    ) -> Session:
        """Split the data and make what trains; `file` is where a user's file is, if not where `config` says."""
        listeners.preparing()
        splits = split(dataset, config.training.seed, stratified=config.training.stratified)
        sample = splits.train.spread(SAMPLE)
        trainable = make_trainable(config, dataset, len(splits.train), sample, train_step, file)
        from digitlab.training.step import CompiledEvaluation

        evaluation = CompiledEvaluation(trainable.model, trainable.loss)
        return cls(config, splits, dataset.class_names, dataset.preprocessing, trainable, evaluation, listeners)

    def describe(self, dataset: Dataset, findings: tuple[Finding, ...] = ()) -> RunInfo:
        """What `run.json` says when the run begins; `findings` are those of the check before it."""
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
            findings=findings,
        )

    def run(self, directory: RunDirectory, *, report: bool) -> Run:
        """Fit, save, test, report; how it ended is written into `run.json`."""
        directory.mark("running")
        try:
            self._fit(directory)
            self._save_model(directory)
            if self.config.test:
                self._test(directory)
            self._bundle(directory)
            self._read_back(directory)
            if self.config.test and report:
                from digitlab.report.run_page import write_report

                write_report(directory.read(), self.splits, directory.predictions, directory.weights)
            directory.mark("done")
        except BaseException as error:
            with suppress(StorageError):  # what ended it is the thing to tell
                directory.mark("interrupted" if isinstance(error, KeyboardInterrupt) else "failed")
            raise
        finally:
            self.listeners.stopped()
        return directory.read()

    def _fit(self, directory: RunDirectory) -> None:
        from digitlab.training.fit import fit

        done = 0
        if directory.checkpoint_file.exists():
            done = checkpoint.restore(directory.checkpoint_file, self.trainable.variables)
            _refuse_short_history(directory, done)
        rates = self._rate_callbacks(directory.history[:done])
        if rates and done:
            checkpoint.restore(directory.checkpoint_file, self.trainable.variables)
        self.listeners.started(directory.path, directory.info, done)
        recorder = _Recorder(self.trainable.variables, directory, done)
        steering = Steering(directory, self.trainable.optimizer, done)
        fit(
            self.trainable.training_model,
            self.trainable.train_step,
            self.evaluation,
            self._resident(self.splits.train),
            self._resident(self.splits.validation),
            self.config.training,
            done=done,
            listener=Listeners([*rates, recorder, steering, self.listeners]),
        )

    def _rate_callbacks(self, history: Sequence[EpochRecord]) -> list[Listener]:
        if self.trainable.callbacks is None or not self.trainable.callbacks[0]:
            return []
        from digitlab.training.callbacks import RateCallbacks

        return [RateCallbacks(*self.trainable.callbacks, history)]

    def _save_model(self, directory: RunDirectory) -> None:
        """Write `model.keras`; a user's class that Keras cannot describe has its weights in the checkpoint only."""
        try:
            with replacing(directory.model_file) as temporary:
                self.trainable.model.save(temporary)
        except StorageError:
            raise
        except Exception as error:  # whatever the user's class does
            if self.config.source_sha256 is None:
                raise
            reason = " ".join(str(error).split())[:160]
            self.listeners.noted(f"there is no model.keras, since Keras cannot save this model: {reason} …")

    def export(self, directory: RunDirectory, kind: Format) -> Path:
        """Write the model into the run's folder (raises ExportError where that cannot be, or would change answers)."""
        from digitlab.export import tensorflow
        from digitlab.export.bundling import bundle_of

        if kind == "litert":
            tensorflow.write_litert(directory.litert_file, self.trainable, self.splits)
            return directory.litert_file
        if kind == "saved-model":
            tensorflow.write_saved_model(directory.saved_model_folder, self.trainable, self.splits)
            return directory.saved_model_folder
        write_bundle(
            directory.bundle_folder, bundle_of(self.trainable, self.splits, directory.read(), self.preprocessing)
        )
        directory.explain_no_bundle(None)
        return directory.bundle_folder

    def _bundle(self, directory: RunDirectory) -> None:
        """Write `bundle/`, or into `run.json` why there is none."""
        try:
            self.export(directory, "onnx")
        except ExportError as error:
            reason = error.line
            directory.explain_no_bundle(reason)
            self.listeners.noted(f"no bundle was written: {reason}")

    def _read_back(self, directory: RunDirectory) -> None:
        """Read validation images as pictures, as `predict` will: what it says should be as good as in training."""
        if directory.info.no_bundle:
            return
        answers = read_back(Predictor(read_bundle(directory.bundle_folder), directory.path.name), self.splits)
        directory.note_read_back(answers)
        self.listeners.read_back(answers)

    def _test(self, directory: RunDirectory) -> None:
        """Open the test part, unless that was done before the run was interrupted."""
        result = directory.result
        if result is None:
            result, predictions = self._evaluate(directory)
            directory.write_result(result, predictions)
        self.listeners.tested(result)

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
        from digitlab.training.step import ResidentSplit

        return ResidentSplit(
            part, len(self.class_names), self.trainable.image_shape, black=isinstance(self.preprocessing, Digits)
        )


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


def _refuse_short_history(directory: RunDirectory, done: int) -> None:
    epochs = len(directory.history)
    if epochs < done:
        raise RunError(
            f"the history of {directory.path} is damaged",
            found=f"{epochs} epochs where the checkpoint has {done}",
            remedy="start the run again",
        )
