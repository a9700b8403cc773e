"""A folder that shows all of another one, and in which a program may write without changing anything there.

It is made of links; where a system refuses those, as Windows does to most users, of copies.  Python tells of every file
that is about to be written (its audit events); a link on the way to it is made into a copy first.  Libraries that
write without Python's help are not seen.
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
def shadow_of(folder: Path) -> Iterator[Path]:
    """The shadow of `folder`, for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as name:
        shadow = Path(name).resolve()
        _link_entries(folder, shadow)
        WATCH.begin(shadow)
        try:
            yield shadow
        finally:
            WATCH.end(shadow)


class _Watch:
    """Looks after the shadows that there are."""

    def __init__(self) -> None:
        self._shadows: list[Path] = []
        self._installed = False
        self._copying = False

    def begin(self, shadow: Path) -> None:
        self._shadows.append(shadow)
        if not self._installed:  # there is no way to take it away again
            self._installed = True
            sys.addaudithook(self._before)

    def end(self, shadow: Path) -> None:
        self._shadows.remove(shadow)

    def _before(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._shadows or self._copying:
            return
        self._copying = True  # which writes, too
        try:
            for path in _about_to_change(event, arguments):
                self._make_own(path)
        finally:
            self._copying = False

    def _make_own(self, path: str | bytes | os.PathLike[Any]) -> None:
        whole = Path(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 - links must stay links
        for shadow in self._shadows:
            if whole.is_relative_to(shadow):
                _copy_links(shadow, whole.relative_to(shadow).parts)


WATCH = _Watch()


def _about_to_change(event: str, arguments: tuple[Any, ...]) -> list[Any]:
    if event == "open":
        paths = arguments[:1] if isinstance(arguments[2], int) and arguments[2] & WRITING else ()
    else:
        paths = arguments[:2] if event in CHANGING else ()
    return [path for path in paths if isinstance(path, str | bytes | os.PathLike)]  # and no number of an open file


def _copy_links(shadow: Path, parts: tuple[str, ...]) -> None:
    here = shadow
    for part in parts:
        here = here / part
        if here.is_symlink():
            shown = here.resolve()
            here.unlink()
            if shown.is_dir():
                here.mkdir()
                _link_entries(shown, here)
            elif shown.exists():
                shutil.copyfile(shown, here)


def _link_entries(folder: Path, to: Path) -> None:
    with suppress(OSError):  # a folder that may not be read
        for entry in os.scandir(folder):
            _link(Path(entry.path).absolute(), to / entry.name)


def _link(shown: Path, link: Path) -> None:
    try:
        link.symlink_to(shown)
    except OSError:  # on Windows: without developer mode
        with suppress(OSError, shutil.Error):  # what may not be read
            _copy(shown, link)


def _copy(shown: Path, to: Path) -> None:
    """A copy in place of a link, without what no program reads from where it lies: environments, caches, runs."""
    if shown.is_dir() and not shown.name.startswith(".") and shown.name not in NOT_COPIED:
        shutil.copytree(shown, to, ignore=shutil.ignore_patterns(".*", *NOT_COPIED))
    elif shown.is_file():
        shutil.copyfile(shown, to)
