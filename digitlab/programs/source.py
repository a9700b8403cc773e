"""The user's script or notebook: its text, its syntax tree, and errors with their line.  Needs no TensorFlow."""

from __future__ import annotations

import ast
import linecache
import re
import sys
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from digitlab.errors import ModelFileError
from digitlab.programs.notebook import Cell, read_notebook

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# How a compiled function words an error: the last such line is the error itself.
NAMED_ERROR = re.compile(r"^[ \t]*(\w*(?:Error|Exception)): (.+)$", re.MULTILINE)
# Paragraphs that Keras and TensorFlow put around a message.
AROUND = ("Exception encountered when calling", "in user code:", "Arguments received by")
MAX_MESSAGE = 300  # characters
INDENT = " " * 9  # of a quoted line, below "found: "


@dataclass(frozen=True)
class SourceFile:
    """A Python file or a notebook as it was when read."""

    path: Path  # absolute
    shown: str  # the path as the user wrote it
    text: bytes  # its bytes; of a notebook, those of its code cells as one program
    tree: ast.Module  # its syntax tree
    cells: tuple[Cell, ...] = ()  # of a notebook
    notes: tuple[str, ...] = ()  # what of it does not run, and why
    original: bytes | None = None  # its text before old names were replaced; None: none were

    def error(self, line: int | None, problem: str, *, found: str, remedy: str) -> ModelFileError:
        """The error for a problem at `line`, or with the file as a whole."""
        place = f"{self.shown}, {self.place(line)}" if line else self.shown
        return ModelFileError(f"{place}: {problem}", found=found, remedy=remedy)

    def place(self, line: int) -> str:
        """A place for people: "line 12", in a notebook "cell 3, line 2"."""
        cell, line = self.in_cell(line)
        return f"cell {cell}, line {line}" if cell else f"line {line}"

    def in_cell(self, line: int) -> tuple[int | None, int]:
        """The number of the cell that holds `line`, and the number of the line in it; no cell in a script."""
        cell = next((cell for cell in reversed(self.cells) if cell.first <= line), None)
        return (cell.number, line - cell.first + 1) if cell else (None, line)

    def new_module(self) -> ModuleType:
        """An empty module to run the program in, registered by its name: Keras and inspect look a class up there."""
        module = ModuleType(f"user_file_{self.path.stem}")
        # Jupyter sets none, either; and TensorFlow would read the text of a function from that file.
        if not self.cells and (self.original is None or b"__file__" in self.text):
            module.__file__ = str(self.path)
        sys.modules[module.__name__] = module
        return module

    def line_of(self, error: BaseException) -> int | None:
        """The innermost line of this file that `error` came through."""
        # A compiled function runs a rewritten copy of the code: TensorFlow writes the true lines into the message.
        written = re.findall(rf'File "{re.escape(str(self.path))}", line (\d+)', str(error))
        frames = [one.lineno for one in traceback.extract_tb(error.__traceback__) if one.filename == str(self.path)]
        return int(written[-1]) if written else frames[-1] if frames else None

    def quote(self, line: int) -> str:
        """The code in `line`."""
        lines = (self.original or self.text).decode(errors="replace").splitlines()
        return lines[line - 1].strip() if line <= len(lines) else ""


def read_source(shown: str) -> SourceFile:
    """Read and parse the script or notebook `shown`.

    Raises:
        ModelFileError: it does not exist, is not a program, or does not compile.
    """
    path = Path(shown).expanduser().resolve()
    try:
        text = path.read_bytes()
    except OSError as error:
        others = sorted(other.name for other in path.parent.glob("*.py"))[:5] if path.parent.is_dir() else []
        there = f"Python files there: {', '.join(others)}" if others else f"there is no Python file in {path.parent}"
        raise ModelFileError(
            f"{shown}: the file cannot be read", found=error.strerror or str(error), remedy=f"check the path; {there}"
        ) from None
    linecache.cache.pop(str(path), None)  # an earlier text of the file
    if path.suffix.lower() != ".ipynb":
        return SourceFile(path, shown, text, _parsed(shown, path, text))
    notebook = read_notebook(shown, text)
    text = notebook.text.encode()
    show_to_tensorflow(path, text)
    return SourceFile(path, shown, text, _parsed(shown, path, text), notebook.cells, notebook.notes)


def show_to_tensorflow(path: Path, text: bytes) -> None:
    """Let TensorFlow compile functions from `text`, which Python looks up by the name of the file."""
    linecache.cache[str(path)] = (len(text), None, text.decode().splitlines(keepends=True), str(path))


def _parsed(shown: str, path: Path, text: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the program
        try:
            return ast.parse(text, str(path))
        except (SyntaxError, ValueError, RecursionError) as error:
            line = error.lineno if isinstance(error, SyntaxError) else None
            raise ModelFileError(
                f"{shown}{f', line {line}' if line else ''}: the file does not compile",
                found=_with_caret(error) if isinstance(error, SyntaxError) else str(error),
                remedy=f"fix that line or the one before it; python {shown} shows the same error",
            ) from None


def _with_caret(error: SyntaxError) -> str:
    """The message, the line, and a mark under the place where Python stopped."""
    line = (error.text or "").rstrip()
    text = line.lstrip()
    if not text:
        return error.msg
    column = max((error.offset or 1) - 1 - (len(line) - len(text)), 0)
    return f"{error.msg}\n{INDENT}{text}\n{INDENT}{' ' * column}^"


def message_of(error: BaseException) -> str:
    """Type and message of `error` in one line, without what Keras and TensorFlow put around it."""
    text = COLOURS.sub("", str(error)).strip()
    named = NAMED_ERROR.findall(text)
    if named:
        kind, message = named[-1]
    else:
        paragraphs = [part for part in text.split("\n\n") if part.strip() and not part.strip().startswith(AROUND)]
        kind, message = type(error).__name__, " ".join(paragraphs[0].split()) if paragraphs else ""
    whole = f"{kind}: {message}" if message else kind
    return whole if len(whole) <= MAX_MESSAGE else whole[: MAX_MESSAGE - 1] + "…"
