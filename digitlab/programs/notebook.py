"""A notebook as one program: its code cells in file order, without the lines for IPython.  Needs no TensorFlow.

What is skipped becomes an empty line, so that each line of the program is a line of a cell.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import Any

from digitlab.errors import ModelFileError

# Magics that run the rest of their line, or of their cell, as Python.
RUNS = frozenset({"time", "timeit", "capture", "prun", "memit"})
CELL_MAGIC = re.compile(r"\s*%%(?P<name>\w+)")
LINE_MAGIC = re.compile(r"(?P<indent>\s*)%(?P<name>\w+)[ \t]*(?P<options>(?:-\w+[ \t]*\d*[ \t]+)*)(?P<rest>.*)")
# A magic or a shell command, also where its output is assigned, or a question for help.
IPYTHON = re.compile(r"(?P<indent>\s*)(?:[!%?]|(?P<name>\w+)\s*=\s*[!%]|[\w.]+\?{1,2}\s*$)")
MAX_QUOTE = 40  # characters of a line in a note


@dataclass(frozen=True)
class Cell:
    """A code cell."""

    number: int  # counted from 1 among the code cells
    first: int  # its first line in the program
    written: tuple[str, ...]  # its lines in the notebook
    lines: tuple[str, ...]  # its lines in the program


@dataclass(frozen=True)
class Notebook:
    """The code of a notebook; `notes` say what of it does not run."""

    cells: tuple[Cell, ...]
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """The program."""
        return "".join(f"{line}\n" for cell in self.cells for line in cell.lines)


def read_notebook(shown: str, content: bytes) -> Notebook:
    """The notebook in the file `shown` with these bytes (raises ModelFileError: it is damaged, or has no code)."""
    cells: list[Cell] = []
    skipped: list[str] = []
    notes: list[str] = []
    written, counts = _read(shown, content)
    for number, text in enumerate(written, 1):
        lines = text.replace("\r\n", "\n").split("\n")
        runs = _without_magics(lines)
        skipped += [_quoted(line, number) for line, ran in zip(lines, runs, strict=True) if _is_skipped(line, ran)]
        if (error := _error_in("\n".join(runs))) is not None:
            notes.append(f"cell {number} was skipped; its line {error.lineno} does not compile: {error.msg}")
            runs = [""] * len(lines)
        first = cells[-1].first + len(cells[-1].lines) if cells else 1
        cells.append(Cell(number, first, tuple(lines), tuple(runs)))
    if skipped:
        notes.insert(0, f"skipped, since it is for IPython: {', '.join(skipped)}")
    if counts != sorted(counts):
        order = ", ".join(f"[{count}]" for count in counts)
        notes.append(
            f"the cells were run in the order of the file; the saved notebook had run them in another: {order}"
        )
    return Notebook(tuple(cells), tuple(notes))


def book_of(content: bytes) -> Any:
    """A notebook of any version, converted to version 4."""
    import nbformat

    # Not `nbformat.reads`, which also validates: most notebooks with a small fault run all the same.
    return nbformat.convert(nbformat.reader.reads(content.decode("utf-8-sig")), 4)


def code_cells(book: Any) -> list[Any]:
    """Its code cells, in the order of the file."""
    return [cell for cell in book.cells if cell.cell_type == "code"]


def _read(shown: str, content: bytes) -> tuple[list[str], list[int]]:
    """The texts of the code cells, and the saved execution counts."""
    try:
        cells = code_cells(book_of(content))
        texts, counts = [str(cell.source) for cell in cells], [cell.get("execution_count") for cell in cells]
    except Exception as error:  # the file can be anything
        raise ModelFileError(
            f"{shown}: this is not a notebook, or it is damaged",
            found=f"{type(error).__name__}: {' '.join(str(error).split())[:200]}",
            remedy="open it in Jupyter and save it again",
        ) from None
    if not any(text.strip() for text in texts):
        raise ModelFileError(
            f"{shown}: there is no code in the notebook",
            found=f"{len(cells)} code cells, all empty" if cells else "no code cell",
            remedy="give the notebook that trains the model",
        )
    return texts, [count for count in counts if count]


def _without_magics(lines: list[str]) -> list[str]:
    """The lines of a cell as plain Python, as many as before."""
    head = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if magic := CELL_MAGIC.match(lines[head]):
        rest = lines[head + 1 :]
        runs = _without_magics(rest) if rest and magic["name"] in RUNS else [""] * len(rest)
        return [*[""] * (head + 1), *runs]
    if _error_in("\n".join(lines)) is None:
        return lines  # then a % at the start of a line is an operator
    plain: list[str] = []
    continued = False  # a shell command, after a backslash
    for line in lines:
        plain.append("" if continued else _plain(line))
        continued = (continued or bool(IPYTHON.match(line))) and line.rstrip().endswith("\\")
    return plain


def _plain(line: str) -> str:
    magic = LINE_MAGIC.match(line)
    if magic and magic["name"] in RUNS and magic["rest"]:
        return magic["indent"] + magic["rest"]
    skipped = IPYTHON.match(line)
    if skipped is None:
        return line
    if skipped["name"]:  # files = !ls
        return f"{skipped['indent']}{skipped['name']} = []"
    return f"{skipped['indent']}pass" if skipped["indent"] else ""  # it may be all that a block contains


def _is_skipped(line: str, runs: str) -> bool:
    """Whether `line` is for IPython and does not run at all."""
    magic = CELL_MAGIC.match(line) or LINE_MAGIC.match(line)
    return line != runs and IPYTHON.match(line) is not None and not (magic and magic["name"] in RUNS)


def _error_in(text: str) -> SyntaxError | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except SyntaxError as error:
            return error
        except (ValueError, RecursionError) as error:  # null bytes; endless nesting
            return SyntaxError(str(error))
    return None


def _quoted(line: str, number: int) -> str:
    text = line.strip()
    return f"{text if len(text) <= MAX_QUOTE else text[: MAX_QUOTE - 1] + '…'} (cell {number})"
