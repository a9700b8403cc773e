"""The folder of a run: who may write it, and what stands in which file.

    run.json         settings, data, versions, machine, status, looks at the test part
    history.csv      a line an epoch
    controls.json    what a training is asked to do while it runs, see runs.controls
    progress.json    where it is
    result.json      the test result
    predictions.npz  test probabilities and labels
    checkpoint.npz   all that resuming needs
    model.keras      the final model
    bundle/          what is deployed, see runtime.bundle
    source/          the user's script or notebook, as it was
    figures/, report.html

Each file is written whole or not at all (`digitlab.base.files`), and the folder appears with its `run.json` in it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from filelock import Timeout
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from digitlab.base.files import (
    cannot_write,
    numbered,
    open_regular,
    plain_mode,
    read_capped,
    remove_leftovers,
    replacing,
    write_bytes,
    write_text,
)
from digitlab.config import first_complaint
from digitlab.errors import DataError, RunError
from digitlab.runs.lock import LOCK, take_lock
from digitlab.runs.run import EpochRecord, Predictions, RateChange, ReadBack, Result, Run, RunInfo, Status

_Model = TypeVar("_Model", bound=BaseModel)
_MAX_SOURCE_BYTES = 16 * 2**20  # bytes; a program that people write has some thousand
_MAX_TEXT_BYTES = 64 * 2**20  # bytes of run.json, result.json or history.csv; a line of history has a hundred
_PATIENCE = 0.3  # seconds; a process that only asks whether the folder is locked holds the lock for a moment
# What readers raise on bytes that are not what they should be; RuntimeError is
# zipfile's for an unknown compression, TypeError comes of an .npy called .npz.
_UNREADABLE = (
    DataError,
    OSError,
    ValueError,
    KeyError,
    TypeError,
    EOFError,
    RuntimeError,
    csv.Error,
    zlib.error,
    zipfile.BadZipFile,
)


@dataclass(frozen=True)
class Source:
    """A user's file as it was."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Its fingerprint."""
        return hashlib.sha256(self.content).hexdigest()


class RunDirectory:
    """A run folder, open for reading; for writing take its `lock` first."""

    def __init__(self, path: Path) -> None:
        """Open an existing run folder (raises RunError where there is none)."""
        self.path = path
        if not self._info_file.is_file():
            raise RunError(
                f"{path} is not a run",
                found="no run.json in it" if path.is_dir() else "no such folder",
                remedy="digitlab runs list shows all runs",
            )

    @classmethod
    def create(cls, parent: Path, name: str, info: RunInfo, source: Source | None = None) -> RunDirectory:
        """Make a folder `name` (or `name-2`, …) in `parent` that holds `run.json` and source from its first moment."""
        try:
            parent.mkdir(parents=True, exist_ok=True)
            prepared = Path(tempfile.mkdtemp(dir=parent, prefix=f".{name}-"))
        except OSError as error:
            raise cannot_write(parent / name, error) from error
        try:
            write_text(prepared / "run.json", _json(info))
            if source is not None:
                (prepared / "source").mkdir()
                write_bytes(prepared / "source" / source.name, source.content)
            prepared.chmod(plain_mode(0o777))  # mkdtemp lets only its owner in
            return cls(next(path for path in numbered(parent / name) if _is_renamed(prepared, path)))
        except OSError as error:
            raise cannot_write(parent / name, error) from error
        finally:
            shutil.rmtree(prepared, ignore_errors=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only process that writes here; a killed process loses its lock by itself.

        Raises:
            RunError: another process holds it.
            StorageError: the folder may not be written.
        """
        try:
            lock = take_lock(self.path, _PATIENCE)
        except Timeout:
            raise RunError(
                f"{self.path} is in use",
                found="another process is training in it",
                remedy="wait for it to end, or start a run of your own without --resume",
            ) from None
        except OSError as error:
            raise cannot_write(self.path, error) from error
        try:
            for folder in (self.path, self.path / "figures"):
                remove_leftovers(folder)
            yield
        finally:
            lock.release()

    def is_locked(self) -> bool:
        """Whether a process is at work here; True too where this user may not find out."""
        if not (self.path / LOCK).exists():
            return False
        try:
            take_lock(self.path, 0).release()
        except (Timeout, OSError):
            return True
        return False

    # What was asked for, and how far it came.

    @property
    def info(self) -> RunInfo:
        """What `run.json` says now."""
        return self._read(self._info_file, RunInfo)

    def mark(self, status: Status) -> None:
        """Write down how the run ended, or that it goes on."""
        self._write_info(self.info.model_copy(update={"status": status}))

    def count_test_look(self) -> None:
        """Write down, before the test part is opened, that it is."""
        info = self.info
        self._write_info(info.model_copy(update={"test_looks": info.test_looks + 1}))

    def explain_no_bundle(self, reason: str | None) -> None:
        """Write down why there is no bundle; None: there is one."""
        self._write_info(self.info.model_copy(update={"no_bundle": reason}))

    def note_read_back(self, read_back: ReadBack) -> None:
        """Write down how the bundle reads the validation images as pictures."""
        self._write_info(self.info.model_copy(update={"read_back": read_back}))

    def note_rate(self, epoch: int, rate: float) -> None:
        """Write down that the learning rate was set while the training ran."""
        info = self.info
        changes = (*info.rate_changes, RateChange(epoch=epoch, learning_rate=rate))
        self._write_info(info.model_copy(update={"rate_changes": changes}))

    def note_resumed(self, changes: str) -> None:
        """Write down that the run was resumed with other versions or on another machine."""
        info = self.info
        self._write_info(info.model_copy(update={"resumed_with": (*info.resumed_with, changes)}))

    def note_parameters(self, count: int) -> None:
        """Write down how many parameters the model has, where that was not known when the run began."""
        info = self.info
        if info.parameters != count:
            self._write_info(info.model_copy(update={"parameters": count}))

    def _write_info(self, info: RunInfo) -> None:
        write_text(self._info_file, _json(info))

    # What came out.

    @property
    def history(self) -> tuple[EpochRecord, ...]:
        """A record for each complete epoch (none before the first ended)."""
        file = self._history_file
        if not file.exists():
            return ()
        with _reading(file):
            header, *rows = [*csv.reader(io.StringIO(read_capped(file, _MAX_TEXT_BYTES).decode()))] or [[]]
            if header != list(EpochRecord.model_fields):
                raise _damaged(file, f"the header '{','.join(header)[:80]}'")
            return tuple(EpochRecord.model_validate(dict(zip(header, row, strict=True))) for row in rows)

    def write_history(self, records: Iterable[EpochRecord]) -> None:
        """Write `history.csv` anew; floats are written so that they are read back to the last bit."""
        lines = io.StringIO()
        writer = csv.DictWriter(lines, list(EpochRecord.model_fields), lineterminator="\n")
        writer.writeheader()
        writer.writerows(record.model_dump() for record in records)
        write_text(self._history_file, lines.getvalue())

    @property
    def result(self) -> Result | None:
        """The test result, None before the test part was opened."""
        return self._read(self._result_file, Result) if self._result_file.exists() else None

    def write_result(self, result: Result, predictions: Predictions) -> None:
        """Keep the test result and what it was computed from."""
        with replacing(self._predictions_file) as temporary:
            np.savez_compressed(
                temporary, allow_pickle=False, probabilities=predictions.probabilities, labels=predictions.labels
            )
        write_text(self._result_file, _json(result))

    @property
    def predictions(self) -> Predictions:
        """The answers on the test part (raises RunError before it was opened)."""
        arrays = self._read_arrays(self._predictions_file)
        with _reading(self._predictions_file):
            return Predictions(arrays["probabilities"], arrays["labels"])

    @property
    def weights(self) -> dict[str, NDArray[Any]]:
        """The model's variables after the last complete epoch, by name (`0/dense/kernel`)."""
        arrays = self._read_arrays(self.checkpoint_file)
        return {key.removeprefix("model/"): array for key, array in arrays.items() if key.startswith("model/")}

    def read(self) -> Run:
        """The run as it stands now."""
        info = self.info
        active = info.status == "running" and self.is_locked()
        return Run(self.path, info, self.history, self.result, active)

    # Where it stands.

    @property
    def source_file(self) -> Path | None:
        """The user's model file as it was when the run began, None for a recipe.

        Raises:
            RunError: something else lies beside it, which it could import.
        """
        found = [entry for entry in sorted(self.path.glob("source/*")) if not entry.name.startswith(".")]
        if len(found) > 1 or any(entry.is_symlink() or not entry.is_file() for entry in found):
            names = ", ".join(entry.name for entry in found)
            raise _damaged(self.path / "source", f"{names}, where one file was written")
        return found[0] if found else None

    @property
    def source(self) -> Source | None:
        """That file with its content (raises RunError)."""
        file = self.source_file
        if file is None:
            return None
        with _reading(file):
            return Source(file.name, read_capped(file, _MAX_SOURCE_BYTES))

    @property
    def checkpoint_file(self) -> Path:
        """Written by `digitlab.training.checkpoint`."""
        return self.path / "checkpoint.npz"

    @property
    def model_file(self) -> Path:
        """Written by Keras."""
        return self.path / "model.keras"

    @property
    def bundle_folder(self) -> Path:
        """Written by `digitlab.runtime.bundle`."""
        return self.path / "bundle"

    @property
    def litert_file(self) -> Path:
        """Written by `digitlab.export`, on demand."""
        return self.path / "model.tflite"

    @property
    def saved_model_folder(self) -> Path:
        """Written by `digitlab.export`, on demand."""
        return self.path / "saved-model"

    @property
    def report_file(self) -> Path:
        """Written by `digitlab.report`."""
        return self.path / "report.html"

    @property
    def _info_file(self) -> Path:
        return self.path / "run.json"

    @property
    def _history_file(self) -> Path:
        return self.path / "history.csv"

    @property
    def _result_file(self) -> Path:
        return self.path / "result.json"

    @property
    def _predictions_file(self) -> Path:
        return self.path / "predictions.npz"

    def _read(self, file: Path, kind: type[_Model]) -> _Model:
        with _reading(file):
            return kind.model_validate_json(read_capped(file, _MAX_TEXT_BYTES))

    def _read_arrays(self, file: Path) -> dict[str, NDArray[Any]]:
        if not file.exists():
            raise self.missing(file)
        with _reading(file), open_regular(file) as stream, np.load(stream, allow_pickle=False) as stored:
            return dict(stored)

    def missing(self, file: Path) -> RunError:
        """The error for a `file` that this run has not: why, and how to get it."""
        run = self.read()
        if run.info.watched:
            found = f"a run of the loop in {run.info.config.recipe}, which digitlab only watched"
            remedy = "let digitlab train the script's model: digitlab train FILE.py"
        elif file != self.checkpoint_file and not run.info.config.test:
            found, remedy = "the test part was left unopened", "train again without --no-test"
        elif run.active:
            found, remedy = "a run that is running", "wait for it to end"
        elif run.info.status == "done":
            found, remedy = "a run that is done", f"train again: digitlab train {run.info.config.recipe}"
        else:
            found, remedy = f"a run that is {run.state}", f"finish it: digitlab train --resume {self.path}"
        return RunError(f"{self.path} has no {file.name}", found=found, remedy=remedy)


def _is_renamed(prepared: Path, path: Path) -> bool:
    """Rename a folder unless something of this name exists."""
    try:
        if not path.exists():
            prepared.rename(path)
            return True
    except OSError:
        if not path.exists():
            raise
    return False


def _json(model: BaseModel) -> str:
    return model.model_dump_json(indent=2) + "\n"


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    """Whatever goes wrong inside means that `file` is damaged (raises RunError)."""
    try:
        yield
    except ValidationError as error:
        raise _damaged(file, first_complaint(error)) from None
    except _UNREADABLE as error:
        raise _damaged(file, " ".join(str(error).split()) or type(error).__name__) from None


def _damaged(file: Path, found: str) -> RunError:
    return RunError(
        f"{file} is damaged",
        found=found,
        remedy="start the run again; a run folder is not meant to be edited",
    )
