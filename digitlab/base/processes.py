"""Processes of our own, which do not run the script of the user again that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

_STARTING = threading.Lock()  # the two below change what the whole process has


def start_process(work: Callable[..., None], *arguments: Any, fork: bool = False) -> BaseProcess:
    """Start `work(*arguments)` in a new process; the caller ends it.

    Both must come from modules, not from the script that runs: Python would import that script in the new process,
    and one without `if __name__ == "__main__":` would do there again what it does here.

    Args:
        work: what it does.
        arguments: for it.
        fork: from a small process that has imported what it needs (`preload`), which takes milliseconds instead of
            half a second; it ends with this one.  Where the system cannot do that, it is started as others are.
    """
    forks = fork and "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if forks else "spawn")
    process: BaseProcess = context.Process(  # type: ignore[attr-defined]
        target=work, args=arguments, daemon=fork or None
    )
    with _STARTING, _script_hidden(), _working_folder_left_out():
        process.start()
    return process


def lead_group() -> None:
    """In a process that was just started: it and those that it will start can be ended by `end_group`."""
    if sys.platform != "win32":
        os.setsid()


def end_group(process: BaseProcess) -> None:
    """Kill a process and those that it started; call it before `join`, after which its number may be another's."""
    if sys.platform != "win32" and process.pid is not None:
        with suppress(ProcessLookupError):  # it was not yet its leader
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def end_own_group() -> None:
    """Kill this process, which leads a group, and those that it started."""
    if sys.platform != "win32":
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def number_in_group(process: BaseProcess) -> int:
    """How many processes there are in the group that a process leads; 0 where it is unknown."""
    number = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError):  # it has just ended
            number += file.read_text().rpartition(")")[2].split()[2] == str(process.pid)
    return number


def preload(*modules: str) -> None:
    """Import this in the process that others are forked from; call it before the first is started."""
    multiprocessing.set_forkserver_preload(list(modules))


@contextmanager
def _script_hidden() -> Iterator[None]:
    """`__main__` looks like that of an interactive session, of which nothing can be imported."""
    main = sys.modules["__main__"].__dict__
    kept: dict[str, Any] = {name: main[name] for name in ("__file__", "__spec__") if name in main}
    main.pop("__file__", None)
    main["__spec__"] = None
    try:
        yield
    finally:
        main.pop("__spec__")
        main.update(kept)


@contextmanager
def _working_folder_left_out() -> Iterator[None]:
    """The new process imports what this one would, and no `pickle.py` that happens to lie in the working folder."""
    kept = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTHONSAFEPATH"]
        if kept is not None:
            os.environ["PYTHONSAFEPATH"] = kept
