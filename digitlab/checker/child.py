"""The check of a user's file in a process of its own, with limits: it may loop for ever, or fill the memory."""

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
from digitlab.checker.findings import Found
from digitlab.data.dataset import Dataset, Split
from digitlab.errors import DigitlabError, ModelFileError
from digitlab.programs.spec import parse_file_spec, refuse_for_programs

SECONDS = 120.0  # of computing
WAIT_AT_MOST = 10.0  # times as long, for what waits and does not compute
GIBIBYTES = 4.0  # of memory beside that of TensorFlow itself
BETWEEN_LOOKS = 0.1  # seconds


@dataclass(frozen=True)
class Limits:
    """What a check may take.

    Attributes:
        seconds: of computing.
        gibibytes: of memory.
    """

    seconds: float = SECONDS
    gibibytes: float = GIBIBYTES


def check_in_child(
    spec: str,
    sample: Split,
    classes: int,
    limits: Limits = Limits(),
    *,
    rules: bool = True,
    every_rule: bool = False,
    fix: bool = False,
) -> Found:
    """Check a person's file in another process, and wait for it.

    Args:
        spec: «my_model.py», or «my_model.py:Name».
        sample: images for `mnist.load_data()` inside the file, a few thousand.
        classes: how many there are.
        limits: what it may take.
        rules: look for mistakes; else only for the file's settings.
        every_rule: also those that are off by default.
        fix: write a copy of the file in which old names are replaced.

    Raises:
        ModelFileError: the file cannot be loaded, took too long or too much, or ended the process.
    """
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        which = (rules, every_rule, fix)
        process = start_process(_work, theirs, spec, sample, classes, said, which)
        theirs.close()
        try:
            return _await(process, ours, spec, said, limits)
        finally:
            process.kill()
            process.join()


def _await(process: BaseProcess, connection: Connection, spec: str, said: Path, limits: Limits) -> Found:
    begun = time.monotonic()
    while not connection.poll(BETWEEN_LOOKS):
        waited = time.monotonic() - begun
        computed = _computed(process.pid, waited)
        if computed > limits.seconds:
            raise _too_much(spec, f"it was not done after {limits.seconds:g} seconds of computing")
        if waited > WAIT_AT_MOST * limits.seconds:
            raise _too_much(spec, f"it was not done after {waited:.0f} seconds, of which it computed {computed:.0f}")
        if process.pid is not None and _gibibytes(process.pid) > limits.gibibytes:
            raise _too_much(spec, f"it took more than {limits.gibibytes:g} GiB of memory")
    try:
        message = connection.recv()
    except EOFError:
        raise _ended(spec, process, said) from None
    if isinstance(message, DigitlabError):
        raise message
    found: Found = message
    return found


def _too_much(spec: str, found: str) -> ModelFileError:
    return ModelFileError(
        f"{spec}: the check was stopped",
        found=found,
        remedy="look for a loop without end or for very large layers; or train unchecked: digitlab train --no-check",
    )


def _ended(spec: str, process: BaseProcess, said: Path) -> ModelFileError:
    process.join()
    lines = said.read_text(errors="replace").strip().splitlines() if said.exists() else []
    fatal = next((line for line in lines if line.startswith("F0")), lines[-1] if lines else "")
    return ModelFileError(
        f"{spec}: the program ended the process that checked it",
        found=f"exit code {process.exitcode}" + (f": {fatal[:200]}" if fatal else ""),
        remedy=f"run it by itself: python {parse_file_spec(spec).path}",
    )


def _computed(pid: int | None, waited: float) -> float:
    """The processor seconds of a process; on a busy machine less than it waited.  The latter where it is unknown."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))
    except (OSError, IndexError, ValueError):
        return waited


def _gibibytes(pid: int) -> float:
    """The memory that a process holds; 0 where that cannot be told."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return float(pages * os.sysconf("SC_PAGE_SIZE") / 2**30)


def sample_of(dataset: Dataset, images: int = 7_200) -> Split:
    """Training images for a check, the same each time: taken evenly, since some data is sorted.

    Raises:
        UsageError: they are not what a program is fed.
    """
    refuse_for_programs(dataset)

    train = dataset.train
    return train.spread(images)


# What follows runs in the child.


def _work(
    connection: Connection, spec: str, sample: Split, classes: int, said: Path, which: tuple[bool, bool, bool]
) -> None:
    with said.open("wb") as file:
        os.dup2(file.fileno(), 2)  # what TensorFlow and the program write there
    sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
    with suppress(BrokenPipeError):
        try:
            from digitlab.training.start import start_tensorflow

            start_tensorflow()
            from digitlab.checker.examine import check_file

            rules, every_rule, fix = which
            connection.send(check_file(spec, sample, classes, rules=rules, every_rule=every_rule, fix=fix))
        except DigitlabError as error:
            connection.send(error)
        except Exception as error:  # of ours, or of the program in a place where nobody expects it
            connection.send(_failed(spec, error))


def _failed(spec: str, error: Exception) -> ModelFileError:
    return ModelFileError(
        f"{spec}: the check failed",
        found=f"{type(error).__name__}: {' '.join(str(error).split())[:300]}",
        remedy="report it with the file; until then: digitlab train --no-check",
    )
