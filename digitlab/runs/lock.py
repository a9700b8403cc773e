"""The lock of a run's folder, also where the file system has none."""

from __future__ import annotations

import errno
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock

LOCK = ".lock"
_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP}  # ENOSYS is handled by filelock in the same way


def take_lock(folder: Path, patience: float) -> BaseFileLock:
    """The lock of a folder, acquired within so many seconds (raises filelock.Timeout, OSError).

    Some network file systems have no locks.  There a file names the process that works here and its machine; that a
    process died is seen on the same machine only.
    """
    lock: BaseFileLock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=patience)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        lock = SoftFileLock(folder / ".owner")
        lock.acquire(timeout=patience)
    return lock
