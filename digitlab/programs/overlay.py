"""A copy-on-write view of a folder, in which a program may write without changing the folder.

It consists of links, or of copies where the system refuses links, as Windows does to most users.  Python's audit events
announce every file that is about to be written; a link in its path is replaced by a copy first.  Writes of libraries in
other languages are not noticed.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NOT_COPIED = ("__pycache__", "runs", "venv")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Audit events of a path that is about to change, or of two; `open` is the one that may only read.
CHANGING = {
    *("os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate", "os.utime"),
    "shutil.rmtree",
}


@contextmanager
def overlay_of(folder: Path) -> Iterator[Path]:
    """An overlay of `folder`, for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as name:
        overlay = Path(name).resolve()
        _link_entries(folder, overlay)
        HOOK.overlays.append(overlay)
        HOOK.install()
        try:
            yield overlay
        finally:
            HOOK.overlays.remove(overlay)


class _AuditHook:
    """Copies what is about to change in one of the overlays."""

    def __init__(self) -> None:
        self.overlays: list[Path] = []
        self._installed = False
        self._copying = False

    def install(self) -> None:
        if not self._installed:  # audit hooks cannot be removed
            self._installed = True
            sys.addaudithook(self._before)

    def _before(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.overlays or self._copying:
            return
        self._copying = True  # copying raises events, too
        try:
            for path in _about_to_change(event, arguments):
                whole = Path(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 - links must stay links
                for overlay in self.overlays:
                    if whole.is_relative_to(overlay):
                        _copy_links(overlay, whole.relative_to(overlay).parts)
        finally:
            self._copying = False


HOOK = _AuditHook()


def _about_to_change(event: str, arguments: tuple[Any, ...]) -> list[Any]:
    if event == "open":
        paths = arguments[:1] if isinstance(arguments[2], int) and arguments[2] & WRITING else ()
    else:
        paths = arguments[:2] if event in CHANGING else ()
    return [path for path in paths if isinstance(path, str | bytes | os.PathLike)]  # not the number of an open file


def _copy_links(overlay: Path, parts: tuple[str, ...]) -> None:
    here = overlay
    for part in parts:
        here = here / part
        if here.is_symlink():
            target = here.resolve()
            here.unlink()
            if target.is_dir():
                here.mkdir()
                _link_entries(target, here)
            elif target.exists():
                shutil.copyfile(target, here)


def _link_entries(folder: Path, to: Path) -> None:
    with suppress(OSError):  # an unreadable folder
        for entry in os.scandir(folder):
            path, link = Path(entry.path).absolute(), to / entry.name
            try:
                link.symlink_to(path)
            except OSError:  # on Windows: without developer mode
                with suppress(OSError, shutil.Error):  # an unreadable file
                    _copy(path, link)


def _copy(path: Path, to: Path) -> None:
    """A copy in place of a link, without what programs do not read: environments, caches, runs."""
    if path.is_dir() and not path.name.startswith(".") and path.name not in NOT_COPIED:
        shutil.copytree(path, to, ignore=shutil.ignore_patterns(".*", *NOT_COPIED))
    elif path.is_file():
        shutil.copyfile(path, to)
