"""Replaces the old names of a program that have one exact successor."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from digitlab.base.files import write_bytes
from digitlab.errors import UsageError
from digitlab.programs.notebook import book_of, code_cells
from digitlab.programs.old_uses import Edit, Use
from digitlab.programs.source import SourceFile


def fixed_lines(source: SourceFile, use: Use, uses: Sequence[Use]) -> list[tuple[int, str]]:
    """The lines that change for one use, by number, as they read after all edits."""
    lines = {number for edit in use.edits for number in range(edit.start[0], edit.end[0] + 1)}
    edits = [edit for one in uses for edit in one.edits if edit.start[0] in lines]
    after = edited(source.text, edits).decode(errors="replace").splitlines()
    return [(number, after[number - 1].strip()) for number in sorted(lines) if after[number - 1].strip()]


def write_fixed(source: SourceFile, uses: Sequence[Use]) -> str:
    """Write "my_model.fixed.py" beside the program; returns the diff, empty where nothing can be replaced.

    Raises:
        UsageError: there is such a file already.
    """
    edits = [edit for use in uses for edit in use.edits if _runs_as_written(source, edit)]
    if not edits:
        return ""
    path = source.path.with_suffix(f".fixed{source.path.suffix}")
    if path.exists():
        raise UsageError(
            f"{path.name} exists already and is not overwritten",
            found=str(path),
            remedy="look at it, then move it away or delete it",
        )
    new = edited(source.text, edits)
    write_bytes(path, _notebook(source, edits) if source.cells else new)
    old_lines, new_lines = (text.decode(errors="replace").splitlines(keepends=True) for text in (source.text, new))
    return "".join(difflib.unified_diff(old_lines, new_lines, source.path.name, path.name, n=1))


def edited(text: bytes, edits: Iterable[Edit]) -> bytes:
    """`text` after the edits, with the same line numbers; of overlapping edits, the first."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    done, last = b"", 0
    for edit in sorted(set(edits)):
        first, end = (starts[line - 1] + column for line, column in (edit.start, edit.end))
        if first >= last:
            lost = text[first:end].count(b"\n") - edit.text.count("\n")
            done, last = done + text[last:first] + edit.text.encode() + b"\n" * lost, end
    return done + text[last:]


def _notebook(source: SourceFile, edits: Sequence[Edit]) -> bytes:
    """The notebook with the edits in its cells."""
    import nbformat

    book = book_of(source.path.read_bytes())
    for cell, code in zip(source.cells, code_cells(book), strict=True):
        inside = [
            Edit((first - cell.first + 1, start), (last - cell.first + 1, end), text)
            for (first, start), (last, end), text in edits
            if cell.first <= first < cell.first + len(cell.lines)
        ]
        code.source = edited(code.source.encode(), inside).decode()
    text: str = nbformat.v4.writes(book)
    return f"{text}\n".encode()


def _runs_as_written(source: SourceFile, edit: Edit) -> bool:
    """Whether the lines of the edit run as the file has them: a line of a notebook may have lost its magic."""
    cell = next((cell for cell in reversed(source.cells) if cell.first <= edit.start[0]), None)
    if cell is None:
        return True
    span = slice(edit.start[0] - cell.first, edit.end[0] - cell.first + 1)
    return cell.lines[span] == cell.written[span]
