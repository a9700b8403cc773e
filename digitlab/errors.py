"""Every error that digitlab raises on purpose.

DigitlabError
├── UsageError            a wrong option, name or call; exit 2
│   ├── MissingExtraError   a part that is not installed
│   └── ModelFileError      a user's own model file that cannot be used
├── DataError             data that cannot be read or trusted; exit 2
│   ├── TooLargeError       more than a limit allows
│   └── DownloadError       nothing usable came over the network
├── ExportError           a model that cannot be written for others, or answers otherwise there; exit 1
├── BundleError           a bundle that is damaged, changed or not there; exit 2
├── RunError              a run folder that is not one, is locked, or is finished; exit 2
│   └── UntrustedError      it brings a program that is not trusted
├── TrainingError         the training failed while running; exit 3
├── ServeError            the service failed while running; exit 3
└── StorageError          a disk that is full or may not be written; exit 3
    └── PlaceError          a path where nothing can be written (a UsageError too); exit 2

A text has three parts: what is wrong, what was received, what to do.  Catch them all with

    try:
        digitlab.train("softmax", data)
    except digitlab.DigitlabError as error:
        print(error)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from digitlab.visible import lines, one_line

_INDENT = " " * 9  # of the lines below "  found: "
EXIT_INTERRUPTED = 130  # what a shell reports of a program that Ctrl-C ended


class DigitlabError(Exception):
    """Base of all errors of ours; never raised itself.

    Args:
        problem: what is wrong, one sentence without a full stop.
        found: what was received.
        remedy: what to do about it.
    """

    exit_code = 3

    def __init__(self, problem: str, *, found: str, remedy: str) -> None:
        super().__init__(problem, found, remedy)
        self.problem = problem
        self.found = found
        self.remedy = remedy

    @property
    def line(self) -> str:
        """Problem and finding in one line, for a note or a log."""
        return one_line(f"{self.problem}: {self.found}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _remade, (type(self), self.problem, self.found, self.remedy)

    def __str__(self) -> str:
        return f"{one_line(self.problem)}\n  found: {_indented(self.found)}\n  to do: {_indented(self.remedy)}"


def _indented(text: str) -> str:
    """Lines below one another, so that a name with a line break in it is never taken for a line of its own."""
    first, *others = lines(text).split("\n")
    return "\n".join([first, *(line if line.startswith(_INDENT) else _INDENT + line for line in others)])


def _remade(kind: type[DigitlabError], problem: str, found: str, remedy: str) -> DigitlabError:
    """The error again, after its way from another process (pickle knows no keyword arguments)."""
    return kind(problem, found=found, remedy=remedy)


class UsageError(DigitlabError):
    """An option, a name or a call is wrong."""

    exit_code = 2


class MissingExtraError(UsageError):
    """A part of digitlab is needed that was not installed."""


class ModelFileError(UsageError):
    """A user's own model file cannot be used; says where in the file."""


class DataError(DigitlabError):
    """Data cannot be read, or cannot be trusted."""

    exit_code = 2


class TooLargeError(DataError):
    """Data is larger than a limit allows."""


class DownloadError(DataError):
    """No mirror gave the bytes that were asked for."""


class RunError(DigitlabError):
    """A run folder cannot be used in this way."""

    exit_code = 2


class UntrustedError(RunError):
    """A run folder brings a program with it that did not come from this machine."""


class ExportError(DigitlabError):
    """A model cannot be written in another form, or would answer otherwise there."""

    exit_code = 1


class BundleError(DigitlabError):
    """A bundle cannot be used, since it is not what it was when it was written."""

    exit_code = 2


class TrainingError(DigitlabError):
    """Training failed while it ran."""


class ServeError(DigitlabError):
    """The service failed while it ran."""


class StorageError(DigitlabError):
    """A file could not be written; what stood there before is untouched."""


class PlaceError(StorageError, UsageError):
    """Nothing can be written at the path that was given, however much space there is."""

    exit_code = 2


def in_words(error: BaseException, limit: int = 200) -> str:
    """An error of others in one line of at most `limit` characters: `ValueError: message`."""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}"[:limit] if message else type(error).__name__


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UsageError:
    """The error for an unknown name, with the nearest known one."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'? " if near else ""
    return UsageError(
        f"unknown {kind} '{name}'",
        found=f"'{name}'",
        remedy=f"{hint}Known: {', '.join(names)}",
    )
