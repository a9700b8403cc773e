"""Runs programs for an older Keras or TensorFlow with today's names."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from digitlab.errors import ModelFileError
from digitlab.programs.fix import edited
from digitlab.programs.old_uses import Reader, Use
from digitlab.programs.source import SourceFile, show_to_tensorflow

STOPS = ("no-successor", "tensorflow-1")
V1_SWITCHES = ("disable_eager_execution", "disable_v2_behavior")


class GoneError(ModelFileError):
    """The program stops at a name that was removed; `uses` are all old names in it."""

    uses: Sequence[Use] = ()


def today(source: SourceFile) -> tuple[SourceFile, list[Use]]:
    """The program with its old names replaced where they have one exact successor, and all uses of old names.

    Raises:
        GoneError: it switches TensorFlow 2 off, which cannot be undone.
    """
    uses = Reader(source).uses
    for use in uses:
        if use.old.endswith(V1_SWITCHES):
            raise _gone(source, use, uses)
    edits = [edit for use in uses for edit in use.edits]
    if not edits:
        return source, uses
    text = edited(source.text, edits)
    show_to_tensorflow(source.path, text)
    return replace(source, text=text, tree=ast.parse(text, str(source.path)), original=source.text), uses


def gone_error(source: SourceFile, uses: Sequence[Use], error: Exception) -> GoneError | None:
    """The error to raise where `error` came from a name that was removed; None: it did not."""
    while isinstance(error, ModelFileError) and isinstance(inner := error.__cause__ or error.__context__, Exception):
        error = inner  # what the program itself raised
    line = source.line_of(error)
    # A name that has a successor was replaced: the line is wrong in another way, unless the error is about the name.
    missing = str(error) if isinstance(error, AttributeError | ImportError) else ""
    here = (use for use in uses if use.line == line)
    use = next((use for use in here if use.kind in STOPS or f"'{use.old.rpartition('.')[2]}'" in missing), None)
    return None if use is None else _gone(source, use, uses)


def _gone(source: SourceFile, use: Use, uses: Sequence[Use]) -> GoneError:
    old = use.kind == "tensorflow-1"
    error = GoneError(
        f"{source.shown}, {source.place(use.line)}: " + ("this is TensorFlow 1 code" if old else f"{use.old} is gone"),
        found=f"{use.old}, gone since {use.since}",
        remedy="rewrite it for TensorFlow 2; docs/lab.md shows how" if old else f"use instead: {use.new}",
    )
    error.uses = uses
    return error
