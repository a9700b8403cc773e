"""Processes of our own, which do not run the script of the user again that started them."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Any


def start_process(work: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Start `work(*arguments)` in a new process; whoever starts it ends it.

    Both must come from modules, not from the script that runs: Python would import that script in the new process,
    and one without `if __name__ == "__main__":` would do there again what it does here.
    """
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    with _script_hidden(), _working_folder_left_out():
        process.start()
    return process


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
