"""Checks a user's file in a separate process with limits: the program may loop for ever or fill the memory."""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from digitlab.base.processes import start_process
from digitlab.checker.result import CheckResult
from digitlab.data.dataset import Dataset, Split
from digitlab.errors import DigitlabError, ModelFileError
from digitlab.programs.spec import parse_file_spec, refuse_for_programs

SAMPLE_IMAGES = 7_200  # a program gets 6,000 of them for training and 1,000 for testing
MAX_WAIT_FACTOR = 10.0  # times `Limits.seconds` by the clock, for a program that waits and does not compute
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Limits:
    """What a check may use."""

    seconds: float = 120.0  # processor time
    gibibytes: float = 4.0  # memory, of which TensorFlow itself takes about 0.7.


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
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    with tempfile.TemporaryDirectory() as folder:
        stderr = Path(folder) / "stderr"
        options = {"rules": rules, "every_rule": every_rule, "fix": fix}
        process = start_process(_work, theirs, spec, sample, classes, stderr, options)
        theirs.close()
        try:
            return _await(process, ours, spec, stderr, limits)
        finally:
            process.kill()
            process.join()


def sample_of(dataset: Dataset) -> Split:
    """Evenly spaced training images for a check, the same each time.

    Raises:
        UsageError: a program cannot be fed with such images.
    """
    refuse_for_programs(dataset)
    return dataset.train.spread(SAMPLE_IMAGES)


def _await(process: BaseProcess, connection: Connection, spec: str, stderr: Path, limits: Limits) -> CheckResult:
    begun = time.monotonic()
    while not connection.poll(POLL_SECONDS):
        waited = time.monotonic() - begun
        computed = _processor_seconds(process.pid, waited)
        if computed > limits.seconds:
            raise _stopped(spec, f"it was not finished after {limits.seconds:g} seconds of computing")
        if waited > MAX_WAIT_FACTOR * limits.seconds:
            raise _stopped(spec, f"it was not finished after {waited:.0f} seconds, of which it computed {computed:.0f}")
        if _gibibytes(process.pid) > limits.gibibytes:
            raise _stopped(spec, f"it used more than {limits.gibibytes:g} GiB of memory")
    try:
        message: CheckResult | DigitlabError = connection.recv()
    except EOFError:
        raise _ended(spec, process, stderr) from None
    if isinstance(message, DigitlabError):
        raise message
    return message


def _stopped(spec: str, found: str) -> ModelFileError:
    return ModelFileError(
        f"{spec}: the check was stopped",
        found=found,
        remedy="look for an endless loop or very large layers; or train without the check: digitlab train --no-check",
    )


def _ended(spec: str, process: BaseProcess, stderr: Path) -> ModelFileError:
    process.join()
    lines = stderr.read_text(errors="replace").strip().splitlines() if stderr.exists() else []
    fatal = next((line for line in lines if line.startswith("F0")), lines[-1] if lines else "")
    return ModelFileError(
        f"{spec}: the program ended the process that checked it",
        found=f"exit code {process.exitcode}" + (f": {fatal[:200]}" if fatal else ""),
        remedy=f"run it by itself: python {parse_file_spec(spec).path}",
    )


def _processor_seconds(pid: int | None, waited: float) -> float:
    """The processor time of a process, which a busy machine does not add to; `waited` where it is unknown."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))
    except (OSError, IndexError, ValueError):
        return waited


def _gibibytes(pid: int | None) -> float:
    """The resident memory of a process; 0 where it is unknown."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return float(pages * os.sysconf("SC_PAGE_SIZE") / 2**30)


# What follows runs in the child.


def _work(
    connection: Connection, spec: str, sample: Split, classes: int, stderr: Path, options: dict[str, bool]
) -> None:
    with stderr.open("wb") as file:
        os.dup2(file.fileno(), 2)  # also what TensorFlow's C++ code writes
    sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
    with suppress(BrokenPipeError):
        try:
            from digitlab.training.start import start_tensorflow

            start_tensorflow()
            from digitlab.checker.examine import check_file

            connection.send(check_file(spec, sample, classes, **options))
        except DigitlabError as error:
            connection.send(error)
        except Exception as error:  # a bug of ours, or the program raised where no exception is expected
            connection.send(_failed(spec, error))


def _failed(spec: str, error: Exception) -> ModelFileError:
    return ModelFileError(
        f"{spec}: the check failed",
        found=f"{type(error).__name__}: {' '.join(str(error).split())[:300]}",
        remedy="report it with the file; until then: digitlab train --no-check",
    )
