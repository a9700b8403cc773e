"""Checks a user's file in a separate process with limits: the program may loop for ever or fill the memory.

What it finds comes back as JSON in a file.  A pickle would let the program run code in this process.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess, parent_process
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from digitlab.base.files import read_capped, write_bytes
from digitlab.base.isolated import OUT_OF_TIME, limit_time
from digitlab.base.processes import end_group, end_own_group, lead_group, number_in_group, start_process
from digitlab.checker.result import CheckResult
from digitlab.data.dataset import Dataset, Split
from digitlab.errors import DataError, DigitlabError, ModelFileError, PlaceError, StorageError, UsageError
from digitlab.programs.spec import parse_file_spec, refuse_for_programs

SAMPLE_IMAGES = 7_200  # a program gets 6,000 of them for training and 1,000 for testing
MAX_WAIT_FACTOR = 10.0  # times `Limits.seconds` by the clock, for a program that waits and does not compute
POLL_SECONDS = 0.1
MAX_REPLY_BYTES = 16 * 2**20  # a result has a few kB, and the changed lines of the file with --fix
MAX_PROCESSES = 32  # of a program; a `fork` in a model's call doubles their number at each call
_KINDS = {kind.__name__: kind for kind in (ModelFileError, UsageError, DataError, PlaceError, StorageError)}


@dataclass(frozen=True)
class Limits:
    """What a check may use."""

    seconds: float = 120.0  # processor time
    gibibytes: float = 4.0  # resident memory, of which TensorFlow takes about 0.7; it reserves far more addresses


@dataclass(frozen=True)
class _Refusal:
    """A DigitlabError on its way from the child."""

    kind: str
    problem: str
    found: str
    remedy: str


_REPLY: TypeAdapter[CheckResult | _Refusal] = TypeAdapter(CheckResult | _Refusal)


def check_in_child(
    spec: str,
    sample: Split,
    classes: int,
    limits: Limits = Limits(),
    *,
    rules: bool = True,
    every_rule: bool = False,
    fix: bool = False,
) -> CheckResult:
    """Check a user's file in another process and wait for the result.

    Args:
        spec: "my_model.py" or "my_model.py:Name".
        sample: images for `mnist.load_data()` inside the file, see `sample_of`.
        classes: number of classes.
        limits: what the check may use.
        rules: look for mistakes; otherwise only for the file's settings.
        every_rule: include the rules that are off by default.
        fix: write a copy of the file in which old names are replaced.

    Raises:
        ModelFileError: the file cannot be loaded, took too long or too much memory, or ended the process.
    """
    with tempfile.TemporaryDirectory() as folder:
        options = {"rules": rules, "every_rule": every_rule, "fix": fix}
        process = start_process(_work, Path(folder), spec, sample, classes, limits.seconds, options)
        try:
            _await(process, spec, limits)
        finally:
            end_group(process)
        return _reply(process, spec, Path(folder), limits)


def sample_of(dataset: Dataset) -> Split:
    """Evenly spaced training images for a check, the same each time.

    Raises:
        UsageError: a program cannot be fed with such images.
    """
    refuse_for_programs(dataset)
    return dataset.train.spread(SAMPLE_IMAGES)


def _await(process: BaseProcess, spec: str, limits: Limits) -> None:
    """Wait for the end of the process, which limits its processor time itself."""
    begun = time.monotonic()
    # What the program forked holds the sentinel open.
    while not wait([process.sentinel], POLL_SECONDS) and process.exitcode is None:
        waited = time.monotonic() - begun
        if waited > MAX_WAIT_FACTOR * limits.seconds:
            raise _stopped(spec, f"it was not finished after {waited:.0f} seconds")
        if _gibibytes(process.pid) > limits.gibibytes:
            raise _stopped(spec, f"it used more than {limits.gibibytes:g} GiB of memory")
        if number_in_group(process) > MAX_PROCESSES:
            raise _stopped(spec, f"it started more than {MAX_PROCESSES} processes")


def _reply(process: BaseProcess, spec: str, folder: Path, limits: Limits) -> CheckResult:
    if process.exitcode == OUT_OF_TIME:
        raise _stopped(spec, f"it was not finished after {limits.seconds:g} seconds of computing")
    try:
        reply = _REPLY.validate_json(read_capped(folder / "reply", MAX_REPLY_BYTES))
    except (OSError, DataError, ValidationError):
        raise _ended(spec, process, folder / "stderr") from None
    if isinstance(reply, _Refusal):
        raise _KINDS.get(reply.kind, ModelFileError)(reply.problem, found=reply.found, remedy=reply.remedy)
    return reply


def _stopped(spec: str, found: str) -> ModelFileError:
    return ModelFileError(
        f"{spec}: the check was stopped",
        found=found,
        remedy="look for an endless loop, very large layers or new processes; or train without the check: "
        "digitlab train --no-check",
    )


def _ended(spec: str, process: BaseProcess, stderr: Path) -> ModelFileError:
    lines = stderr.read_text(errors="replace").strip().splitlines() if stderr.exists() else []
    fatal = next((line for line in lines if line.startswith("F0")), lines[-1] if lines else "")
    return ModelFileError(
        f"{spec}: the program ended the process that checked it",
        found=f"exit code {process.exitcode}" + (f": {fatal[:200]}" if fatal else ""),
        remedy=f"run it by itself: python {parse_file_spec(spec).path}",
    )


def _gibibytes(pid: int | None) -> float:
    """The resident memory of a process; 0 where it is unknown."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return float(pages * os.sysconf("SC_PAGE_SIZE") / 2**30)


# What follows runs in the child.


def _work(folder: Path, spec: str, sample: Split, classes: int, seconds: float, options: dict[str, bool]) -> None:
    lead_group()
    limit_time(seconds)
    threading.Thread(target=_follow_parent, daemon=True).start()
    with (folder / "stderr").open("wb") as file, Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), 1)  # also what the program writes past `sys.stdout`
        os.dup2(file.fileno(), 2)  # also what TensorFlow's C++ code writes
    sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
    write_bytes(folder / "reply", _REPLY.dump_json(_checked(spec, sample, classes, options)))
    os._exit(0)  # threads that the program started are not waited for


def _checked(spec: str, sample: Split, classes: int, options: dict[str, bool]) -> CheckResult | _Refusal:
    try:
        from digitlab.training.start import start_tensorflow

        start_tensorflow()
        from digitlab.checker.examine import check_file

        return check_file(spec, sample, classes, **options)
    except DigitlabError as error:
        refused = error
    except Exception as error:  # a bug of ours, or the program raised where no exception is expected
        refused = _failed(spec, error)
    return _Refusal(type(refused).__name__, refused.problem, refused.found, refused.remedy)


def _follow_parent() -> None:
    """End with the process that checks, also when that is killed."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    end_own_group()


def _failed(spec: str, error: Exception) -> ModelFileError:
    return ModelFileError(
        f"{spec}: the check failed",
        found=f"{type(error).__name__}: {' '.join(str(error).split())[:300]}",
        remedy="report it with the file; until then: digitlab train --no-check",
    )
