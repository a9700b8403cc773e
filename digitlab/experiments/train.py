"""The spine: `train` says what is to be done, `resume` takes up a run that was left, `load_model` and `export` use one.

What they ask for is done in `work.py`, in the order of the lab sheet: fit, save, test, report.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from digitlab.base.findings import Finding
from digitlab.checker.child import check_in_child, sample_of
from digitlab.config import RunConfig, TrainingConfig, checked
from digitlab.data.dataset import Dataset
from digitlab.data.sources import dataset_of, load_again
from digitlab.errors import ModelFileError, RunError, unknown_name
from digitlab.experiments.session import Format, Work
from digitlab.programs.spec import is_file_spec
from digitlab.runs.catalog import DEFAULT_FOLDER, find_run
from digitlab.runs.directory import RunDirectory
from digitlab.runs.run import Run, RunInfo
from digitlab.runs.trust import remember, source_to_run
from digitlab.training import checkpoint
from digitlab.training.display import ProgressDisplay
from digitlab.training.listeners import Listener
from digitlab.training.setup import settings_of, source_of

if TYPE_CHECKING:  # TensorFlow takes seconds to load: wrong options and bad data are told before
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
        check: look for mistakes in a file of yours first; what is found is told, and kept in the run.
        threads: the most that TensorFlow may compute with; has to be said before its first computation.
        train_step: your own (model, images [batch, 784], labels [batch, classes]) → (loss, predictions), compiled
            into the same function; it has to update the weights.
        listeners: told of everything that happens; by default a progress display.
        settings: what differs from the recipe's `TrainingConfig`: epochs, batch_size, learning_rate, precision, seed, …

    Raises:
        DigitlabError: one of its kinds, each saying what is wrong, what arrived and what to do.
    """
    training = checked(
        TrainingConfig, **{**settings_of(spec, own_step=train_step is not None).model_dump(), **settings}
    )
    dataset = dataset_of(data, image_size, gray)
    source = source_of(spec)
    told: list[Listener] = [ProgressDisplay()] if listeners is None else list(listeners)
    findings: tuple[Finding, ...] = ()
    unchecked = ""
    if source is not None and (check or not {"epochs", "batch_size"} <= settings.keys()):
        findings, own, unchecked = examined(spec, dataset, told, rules=check)
        training = training.model_copy(update={name: one for name, one in own.items() if name not in settings})
    config = checked(
        RunConfig,
        recipe=spec,
        source_sha256=source.sha256 if source else None,
        data=dataset.name,
        image_size=dataset.image_size,
        gray=dataset.gray,
        training=training,
        test=test,
        threads=threads,
        train_step=_step_name(train_step),
    )
    work = Work.prepare(config, dataset, train_step, told)
    for listener in told if unchecked else ():  # not before: what keeps it from training, too, is told once
        listener.noted(unchecked)
    name = f"{_folder_name(spec)}-{datetime.now():%Y-%m-%dT%H-%M-%S}"
    directory = RunDirectory.create(Path(out), name, work.describe(dataset, findings), source)
    if source is not None:
        remember(source)
    with directory.lock():
        return work.run(directory, report=report)


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
        _refuse_watched(directory, info)
        dataset = data if data is not None else load_again(info.config)
        _refuse_other_data(dataset, info)
        _refuse_other_step(train_step, info)
        file = _program_of(directory, info, trust)
        told: list[Listener] = [ProgressDisplay()] if listeners is None else list(listeners)
        work = Work.prepare(info.config, dataset, train_step, told, file=file)
        return work.run(directory, report=report)


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


def _restored(directory: RunDirectory, data: Dataset | None, trust: bool) -> Work:
    """The work of a run, with the weights of its last complete epoch."""
    info = directory.info
    _refuse_watched(directory, info)
    dataset = data if data is not None else load_again(info.config)
    _refuse_other_data(dataset, info)
    file = _program_of(directory, info, trust)
    if not directory.checkpoint_file.exists():
        raise directory.missing(directory.checkpoint_file)
    work = Work.prepare(info.config, dataset, None, [], file=file)
    checkpoint.restore(directory.checkpoint_file, {"model": work.trainable.model.variables})
    return work


def examined(
    spec: str, dataset: Dataset, listeners: Sequence[Listener], *, rules: bool
) -> tuple[tuple[Finding, ...], dict[str, int], str]:
    """What the check of a person's file finds, what the file says of batch size and epochs, and why it failed, if so.

    What keeps the file from being checked keeps nobody from training it.
    """
    for listener in listeners:
        listener.checking()
    try:
        seen = check_in_child(spec, sample_of(dataset), len(dataset.class_names), rules=rules)
    except ModelFileError as error:
        for listener in listeners:
            listener.stopped()
        return (), {}, f"the file could not be checked: {error.problem} ({error.found})"
    for listener in listeners:
        listener.checked(seen.findings)
    return seen.findings, dict(seen.settings), ""


def _folder_name(spec: str) -> str:
    """The spec as a name that every file system takes: «mlp:512-256» → «mlp-512-256», «models/deep.py» → «deep»."""
    name = re.sub(r"\.(py|ipynb)\b", "", spec).rpartition("/")[2] if is_file_spec(spec) else spec
    return re.sub(r"[^\w.-]+", "-", name)


def _step_name(train_step: TrainStep | None) -> str | None:
    return None if train_step is None else getattr(train_step, "__name__", type(train_step).__name__)


def _refuse_watched(directory: RunDirectory, info: RunInfo) -> None:
    if info.watched:
        raise RunError(
            f"{directory.path} is the run of a loop that is not ours",
            found=f"a loop in {info.config.recipe}, which digitlab only watched",
            remedy="run the script again, or train its model with digitlab train FILE.py",
        )


def _refuse_other_data(dataset: Dataset, info: RunInfo) -> None:
    if dataset.sha256 != info.dataset.sha256:
        raise RunError(
            f"the data '{info.config.data}' is not what the run was started with",
            found=f"sha256 {dataset.sha256[:12]}… where {info.dataset.sha256[:12]}… is needed",
            remedy="bring the old data back, give it from Python (digitlab.resume(path, data)), or start a new run",
        )


def _refuse_other_step(train_step: TrainStep | None, info: RunInfo) -> None:
    given, needed = _step_name(train_step), info.config.train_step
    if given != needed:
        raise RunError(
            "the run was started with another train step",
            found=f"{given or 'none'} where {needed or 'none'} is needed",
            remedy="from Python: digitlab.resume(path, train_step=…)",
        )


def _program_of(directory: RunDirectory, info: RunInfo, trust: bool) -> Path | None:
    """The user's file that the run goes on with; what `run.json` says of a file elsewhere is never followed."""
    file = source_to_run(directory, trust=trust)
    if file is None and is_file_spec(info.config.recipe):
        raise RunError(
            f"{directory.path} has no model file in it",
            found=f"no source/ folder, in a run of {info.config.recipe}",
            remedy="start a new run with your file",
        )
    return file
