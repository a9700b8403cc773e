"""Files that are either whole or not there, and how the noise of a decoder becomes an error of ours."""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import BinaryIO

from digitlab.errors import DataError, DigitlabError, PlaceError, StorageError, TooLargeError

_NO_FOLDER = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LONGEST_NAME = 255  # bytes; of Linux and macOS, and characters of Windows
_TEMPORARY = re.compile(r"\..+-[a-z0-9_]{8}(\.\w+)?")  # the names that `replacing` gives


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it over `path` when the block ends well.

    The bytes are flushed to the disk before the rename, so that after a crash at any moment `path`
    holds either its old content or the new one.  The temporary name keeps the suffix of `path`, since
    some writers choose their format by it.

    Raises:
        StorageError: the disk is full, the folder is missing or may not be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
        os.close(handle)
    except OSError as error:
        raise cannot_write(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(plain_mode(0o666))  # mkstemp makes files that only their owner can read
        _flush(temporary)
        temporary.replace(path)
        _flush(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def reading(path: Path | str, remedy: str) -> Iterator[None]:
    """Turn whatever a decoder raises inside the block into a `DataError` that names the file."""
    try:
        yield
    except DigitlabError:
        raise
    except Exception as error:  # on hostile bytes, decoders raise far more kinds than they document
        raise DataError(f"cannot read {path}", found=_in_words(error), remedy=remedy) from error


def can_be_name(text: str) -> bool:
    """Whether a file can have this name: what asks the operating system for another one may raise."""
    return "\0" not in text and len(text.encode("utf-8", "surrogatepass")) <= _LONGEST_NAME


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; a pipe is not waited for, and a device, which may never end, not read.

    Raises:
        DataError: it is no regular file.
        OSError: it cannot be opened.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise DataError(f"{path} is no regular file", found=_kind(mode), remedy="give a regular file")
    return os.fdopen(handle, "rb")


def read_capped(path: Path, limit: int) -> bytes:
    """All bytes of a regular file (raises TooLargeError for more than `limit`, DataError, OSError)."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        content = file.read(min(size, limit) + 1)
    if len(content) > limit:
        raise TooLargeError(
            f"{path} is too large",
            found=f"{size / 2**20:,.1f} MiB",
            remedy=f"give at most {limit / 2**20:,.0f} MiB",
        )
    return content


def _kind(mode: int) -> str:
    kinds = {stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFDIR: "a folder"}
    return kinds.get(stat.S_IFMT(mode), "something else")


def _in_words(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()) or type(error).__name__


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file; on a failure the old one stays (raises StorageError)."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write a whole UTF-8 file; on a failure the old one stays (raises StorageError)."""
    write_bytes(path, content.encode())


def numbered(name: Path | str, suffix: str = "") -> Iterator[Path]:
    """The paths to try for something new: `name`, `name-2`, …, each with `suffix`."""
    yield Path(f"{name}{suffix}")
    yield from (Path(f"{name}-{number}{suffix}") for number in count(2))


def make_folder(wanted: Path) -> Path:
    """Make the folder `wanted`, or `wanted-2`, … if it exists (raises StorageError)."""
    return next(path for path in numbered(wanted) if _is_made(path))


def _is_made(path: Path) -> bool:
    """Make a folder unless something of this name exists."""
    try:
        path.mkdir(parents=True)
    except FileExistsError:
        return False
    except OSError as error:
        raise cannot_write(path, error) from error
    return True


def cannot_write(path: Path, error: OSError) -> StorageError:
    """The error for a write that the operating system refuses."""
    kind, remedy = StorageError, "choose another folder"
    if error.errno in _NO_FOLDER:
        kind, remedy = PlaceError, "choose a folder; something else is in the way"
    elif error.errno in _FORBIDDEN:
        kind, remedy = PlaceError, "choose a folder that you may write"
    elif error.errno in _FULL:
        remedy = "free some space or choose another folder; files written before are untouched"
    return kind(f"cannot write {path}", found=error.strerror or str(error), remedy=remedy)


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files that killed processes left in `folder`; no process may be writing there."""
    for path in folder.glob(".*"):
        if _TEMPORARY.fullmatch(path.name) and path.is_file():
            path.unlink(missing_ok=True)


def plain_mode(mode: int) -> int:
    """`mode` without what the umask forbids: how `open` and `mkdir` would have made it."""
    umask = os.umask(0)
    os.umask(umask)
    return mode & ~umask


def _flush(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open a folder; its rename is journalled
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
