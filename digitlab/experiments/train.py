"""The spine: `train` a model, `resume` a run, use one with `keras_model` and `export_run`.

`session.py` carries it out in the order of the lab sheet: fit, save, test, report.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from digitlab.base.findings import Finding
from digitlab.checker.child import check_in_child, sample_of
from digitlab.config import RunConfig
from digitlab.data.dataset import Dataset
from digitlab.data.sources import dataset_of, load_again
from digitlab.errors import ModelFileError, RunError, unknown_name
from digitlab.experiments.resuming import (
    machine_changes,
    program_of,
    refuse_other_data,
    refuse_other_step,
    refuse_watched,
    step_name,
)
from digitlab.experiments.session import Format, Session
from digitlab.programs.spec import is_file_spec
from digitlab.runs.catalog import DEFAULT_FOLDER, find_run
from digitlab.runs.directory import RunDirectory, Source
from digitlab.runs.run import Run
from digitlab.runs.trust import remember
from digitlab.training import checkpoint
from digitlab.training.display import listening
from digitlab.training.listeners import Listener, Listeners
from digitlab.training.setup import run_config, source_of, training_config

if TYPE_CHECKING:  # TensorFlow takes seconds to load: wrong options and bad data are reported before
    from digitlab.training.step import TrainStep


def train(
    spec: str = "softmax",
    data: Dataset | str | None = None,
    *,
    image_size: int | None = None,
    gray: bool = False,
    out: Path | str = DEFAULT_FOLDER,
    test: bool = True,
    report: bool = True,
    check: bool = True,
    threads: int | None = None,
    train_step: TrainStep | None = None,
    listeners: Sequence[Listener] | None = None,
    **settings: Any,
) -> Run:
    """Train a model on a dataset, test it once, and leave a run folder with a report.

    Args:
        spec: a recipe (`softmax`, `mlp:512-256`, `cnn`), or a file of yours (`my_model.py`, `my_model.py:Name`).
        data: a dataset, or what `digitlab.load` takes.
        image_size: pixels of both sides that the images get, see `digitlab.load`.
        gray: turn them to grey.
        out: the folder in which the run gets a folder of its own.
        test: open the test part at the end.
        report: write `report.html` and the figures then.
        check: look for mistakes in a file of yours first; the findings are printed and kept in the run.
        threads: the most that TensorFlow may use; must be set before its first computation.
        train_step: your own (model, images [batch, *shape], labels [batch, classes]) → (loss, predictions), compiled
            into the same function; it has to update the weights.
        listeners: called at every event; by default a progress display.
        settings: what differs from the recipe's `TrainingConfig`: epochs, batch_size, learning_rate, precision, seed, …

    Raises:
        DigitlabError: one of its kinds, each saying what is wrong, what was received and what to do.
    """
    training = training_config(spec, settings, own_step=train_step is not None)
    dataset = dataset_of(data, image_size, gray)
    source = source_of(spec)
    listener = listening(listeners)
    findings: tuple[Finding, ...] = ()
    unchecked = ""
    if source is not None and (check or not {"epochs", "batch_size"} <= settings.keys()):
        findings, own, unchecked = examined(spec, dataset, listener, rules=check)
        training = training.model_copy(update={name: one for name, one in own.items() if name not in settings})
    config = run_config(spec, dataset, training, test=test, threads=threads, train_step=step_name(train_step))
    return begin(
        config,
        dataset,
        source,
        out=Path(out),
        report=report,
        listener=listener,
        train_step=train_step,
        findings=findings,
        note=unchecked,
    )


def begin(
    config: RunConfig,
    dataset: Dataset,
    source: Source | None,
    *,
    out: Path,
    report: bool,
    listener: Listener,
    file: Path | None = None,
    train_step: TrainStep | None = None,
    findings: tuple[Finding, ...] = (),
    note: str = "",
) -> Run:
    """Begin the run that `config` asks for, and finish it.

    Args:
        config: of the run.
        dataset: on which.
        source: the user's file as the run keeps it.
        out: as for `train`; so are `report` and `train_step`.
        report: see there.
        listener: called at every event.
        file: where the user's file is, if not where `config` says.
        train_step: see there.
        findings: of the check.
        note: told once it is certain that the file can be trained.

    Raises:
        DigitlabError: one of its kinds.
    """
    session = Session.prepare(config, dataset, train_step, Listeners([listener]), file=file)
    if note:  # not before: what keeps the file from being trained, too, is reported once
        listener.noted(note)
    name = f"{_folder_name(config.recipe)}-{datetime.now():%Y-%m-%dT%H-%M-%S}"
    directory = RunDirectory.create(out, name, session.describe(dataset, findings), source)
    if source is not None:
        remember(source)
    with directory.lock():
        return session.run(directory, report=report)


def resume(
    path: Path | str,
    data: Dataset | None = None,
    *,
    report: bool = True,
    trust: bool = False,
    train_step: TrainStep | None = None,
    listeners: Sequence[Listener] | None = None,
) -> Run:
    """Finish a run that was interrupted; the weights become those of one that never was.

    Args:
        path: its folder.
        data: its dataset; None: loaded again from where it came from.
        report: as for `train`.
        trust: the program that the run brings may run, although it was not trained on this machine.
        train_step: the same own step that the run was started with.
        listeners: as for `train`.

    Raises:
        RunError: there is nothing to resume, the data is not the same, or another process is at work there.
        UntrustedError: the run brings a program from elsewhere.
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
        refuse_watched(directory, info)
        dataset = data if data is not None else load_again(info.config)
        refuse_other_data(dataset, info)
        refuse_other_step(train_step, info)
        file, listener = program_of(directory, info, trust), listening(listeners)
        session = Session.prepare(info.config, dataset, train_step, listener, file=file)
        if changes := machine_changes(info):
            directory.note_resumed(changes)
            listener.noted(f"resumed with {changes}: the last bits may differ from a run that never stopped")
        return session.run(directory, report=report)


def keras_model(path: Path | str, data: Dataset | None = None, *, trust: bool = False) -> Any:
    """The Keras model of a run, with the weights of its last complete epoch.

    Args:
        path: the run's folder.
        data: its dataset; None: loaded again from where it came from.
        trust: as for `resume`.

    Returns:
        keras.Model: float32 [batch, *image_shape] in [0, 1] → [batch, classes].

    Raises:
        RunError: no epoch is complete, or the data is not the same.
        UntrustedError: the run brings a program from elsewhere.
    """
    return _restored(find_run(str(path)), data, trust).trainable.model


def export_run(path: Path | str, kind: Format = "onnx", data: Dataset | None = None, *, trust: bool = False) -> Path:
    """Write a run's model for others to run; the file or folder lies in the run's folder.

    Args:
        path: the run's folder.
        kind: onnx is a bundle, which digitlab answers with; litert `model.tflite`; saved-model TensorFlow's folder.
        data: its dataset; None: loaded again from where it came from.
        trust: as for `resume`.

    Raises:
        ExportError: the model cannot be written so, or would answer otherwise.
        RunError: no epoch is complete, or the data is not the same.
        UntrustedError: the run brings a program from elsewhere.
    """
    if kind not in get_args(Format):
        raise unknown_name("format", kind, get_args(Format))
    directory = find_run(str(path))
    with directory.lock():
        return _restored(directory, data, trust).export(directory, kind)


def _restored(directory: RunDirectory, data: Dataset | None, trust: bool) -> Session:
    """The session of a run, with the weights of its last complete epoch."""
    info = directory.info
    refuse_watched(directory, info)
    dataset = data if data is not None else load_again(info.config)
    refuse_other_data(dataset, info)
    file = program_of(directory, info, trust)
    if not directory.checkpoint_file.exists():
        raise directory.missing(directory.checkpoint_file)
    session = Session.prepare(info.config, dataset, None, Listeners(()), file=file)
    checkpoint.restore(directory.checkpoint_file, {"model": session.trainable.model.variables})
    return session


def examined(
    spec: str, dataset: Dataset, listener: Listener, *, rules: bool
) -> tuple[tuple[Finding, ...], dict[str, int], str]:
    """The findings in a user's file, the batch size and epochs that it sets, and why the check failed, if it did.

    A file that cannot be checked may still train.
    """
    listener.checking()
    try:
        seen = check_in_child(spec, sample_of(dataset), len(dataset.class_names), rules=rules)
    except ModelFileError as error:
        listener.stopped()
        return (), {}, f"the file could not be checked: {error.line}"
    listener.checked(seen.findings)
    return seen.findings, dict(seen.settings), ""


def _folder_name(spec: str) -> str:
    """The spec as a name that every file system takes: `mlp:512-256` → `mlp-512-256`, `models/deep.py` → `deep`."""
    name = re.sub(r"\.(py|ipynb)\b", "", spec).rpartition("/")[2] if is_file_spec(spec) else spec
    return re.sub(r"[^\w.-]+", "-", name)
