"""The user's file as text and as syntax, and errors that say where in it.  Needs no TensorFlow."""

from __future__ import annotations

import ast
import re
import traceback
from dataclasses import dataclass
from pathlib import Path

from digitlab.errors import ModelFileError

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# How a compiled function words an error: the last such line is the error itself.
NAMED_ERROR = re.compile(r"^[ \t]*(\w*(?:Error|Exception)): (.+)$", re.MULTILINE)
# Paragraphs that Keras and TensorFlow put around what they have to say.
AROUND = ("Exception encountered when calling", "in user code:", "Arguments received by")
LONGEST = 300
INDENT = " " * 9  # of a quoted line, below the words «found: »


@dataclass(frozen=True)
class SourceFile:
    """A Python file as it was when read.

    Attributes:
        path: where it is, absolute.
        shown: the path as the user wrote it.
        text: its bytes.
        tree: its syntax.
    """

    path: Path
    shown: str
    text: bytes
    tree: ast.Module

    def error(self, line: int | None, problem: str, *, found: str, remedy: str) -> ModelFileError:
        """The error for something wrong at `line`, or with the file as a whole."""
        place = f"{self.shown}, line {line}" if line else self.shown
        return ModelFileError(f"{place}: {problem}", found=found, remedy=remedy)

    def line_of(self, error: BaseException) -> int | None:
        """The innermost line of this file that `error` came through."""
        # A compiled function runs a rewritten copy of the code: TensorFlow writes the true lines into the message.
        written = re.findall(rf'File "{re.escape(str(self.path))}", line (\d+)', str(error))
        frames = [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(self.path)
        ]
        return int(written[-1]) if written else frames[-1] if frames else None

    def quote(self, line: int) -> str:
        """What stands in `line`."""
        lines = self.text.decode(errors="replace").splitlines()
        return lines[line - 1].strip() if line <= len(lines) else ""


def read_source(shown: str) -> SourceFile:
    """Read and parse the file `shown`.

    Raises:
        ModelFileError: it is not there, is no Python file, or does not compile.
    """
    path = Path(shown).expanduser().resolve()
    if path.suffix.lower() == ".ipynb":
        raise ModelFileError(
            f"{shown}: a notebook is not a Python file",
            found="a file that ends with .ipynb",
            remedy=f"save its code as a script: jupyter nbconvert --to script {shown}",
        )
    try:
        text = path.read_bytes()
    except OSError as error:
        raise _cannot_read(shown, path, error) from None
    try:
        tree = ast.parse(text, str(path))
    except (SyntaxError, ValueError, RecursionError) as error:
        raise _does_not_compile(shown, error) from None
    return SourceFile(path, shown, text, tree)


def _cannot_read(shown: str, path: Path, error: OSError) -> ModelFileError:
    others = sorted(other.name for other in path.parent.glob("*.py"))[:5] if path.parent.is_dir() else []
    there = f"Python files there: {', '.join(others)}" if others else f"there is no Python file in {path.parent}"
    return ModelFileError(
        f"{shown}: the file cannot be read", found=error.strerror or str(error), remedy=f"check the path; {there}"
    )


def _does_not_compile(shown: str, error: Exception) -> ModelFileError:
    line = error.lineno if isinstance(error, SyntaxError) else None
    place = f"{shown}, line {line}" if line else shown
    return ModelFileError(
        f"{place}: the file does not compile",
        found=_with_caret(error) if isinstance(error, SyntaxError) else str(error),
        remedy=f"python {shown} says the same; mend that line, or the one before it",
    )


def _with_caret(error: SyntaxError) -> str:
    """The message, the line, and a mark under where Python stopped."""
    line = (error.text or "").rstrip()
    if not line.strip():
        return error.msg
    text = line.lstrip()
    column = max((error.offset or 1) - 1 - (len(line) - len(text)), 0)
    return f"{error.msg}\n{INDENT}{text}\n{INDENT}{' ' * column}^"


def said(error: BaseException) -> str:
    """Type and message of `error` in one line, without what Keras and TensorFlow wrap around it."""
    text = COLOURS.sub("", str(error)).strip()
    named = NAMED_ERROR.findall(text)
    if named:
        kind, message = named[-1]
    else:
        paragraphs = [part for part in text.split("\n\n") if part.strip() and not part.strip().startswith(AROUND)]
        kind, message = type(error).__name__, " ".join(paragraphs[0].split()) if paragraphs else ""
    whole = f"{kind}: {message}" if message else kind
    return whole if len(whole) <= LONGEST else whole[: LONGEST - 1] + "…"
