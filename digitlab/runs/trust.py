"""Which programs in run folders may run without asking: those trained here, and those trusted once.

A run folder travels, and the program in its `source/` with it; the fingerprint in `run.json` travels along and proves
nothing.  So this user's state folder holds an empty file for each program that is known, whose name is the SHA-256 of
the program.  Making such a file is one call that many processes can do at once, on any file system.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import platformdirs

from digitlab.errors import RunError, UntrustedError
from digitlab.runs.directory import RunDirectory, Source

_here: set[str] = set()  # known to this process, where nothing can be kept


def remember(source: Source) -> bool:
    """Know a program from now on; False where only this process will know it, since nothing can be kept."""
    _here.add(source.sha256)
    folder = _folder_to_write()
    with suppress(OSError):
        if folder is not None:
            (folder / source.sha256).touch()
            return True
    return False


def is_known(source: Source) -> bool:
    """Whether the program was trained here, or trusted."""
    folder = _folder()
    with suppress(PermissionError):
        return source.sha256 in _here or (folder is not None and (folder / source.sha256).is_file())
    return False


def source_to_run(directory: RunDirectory, *, trust: bool) -> Path | None:
    """The program of a run that is about to be run; None: it is the run of a recipe, which brings none.

    Args:
        directory: of the run.
        trust: it may run, and from now on unasked.

    Raises:
        UntrustedError: it did not come from here and is not trusted.
        RunError: it is not the one that the run was started with, or it did not come alone.
    """
    source, file = directory.source, directory.source_file
    if (source.sha256 if source else None) != directory.info.config.source_sha256:
        raise RunError(
            f"the model file kept in {directory.path} is not the one that the run was started with",
            found=f"{file} was changed" if file else "no source/ folder",
            remedy="start a new run with the changed file",
        )
    if source is None:
        return None
    if trust:
        remember(source)
    elif not is_known(source):
        either = "" if _folder_to_write() else f", which cannot remember programs ({_folder() or 'no home folder'})"
        raise UntrustedError(
            f"the run {directory.path} brings a program with it, which would run with your rights",
            found=f"{file}, which was not trained on this machine{either}",
            remedy="read it; if you trust it, say so once: --trust, or trust=True in Python",
        )
    return file


def _folder() -> Path | None:
    """Where the known programs are; None where this user has no home: a relative path would be anybody's."""
    try:
        folder = platformdirs.user_state_path("digitlab") / "trusted-programs"
    except RuntimeError:  # of newer versions; older ones give "~" as it is
        return None
    return folder if folder.is_absolute() else None


def _folder_to_write() -> Path | None:
    folder = _folder()
    with suppress(OSError):
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return folder if os.access(folder, os.W_OK) else None
    return None
