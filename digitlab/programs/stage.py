"""Runs a user's program as if started from a shell, and restores everything that it changes."""

from __future__ import annotations

import io
import os
import random
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from digitlab.programs.overlay import overlay_of
from digitlab.programs.source import SourceFile


@contextmanager
def as_script(source: SourceFile) -> Iterator[None]:
    """Run code of a user's file in this block as a script, without output; settings are restored."""
    arguments, path, backend = sys.argv, list(sys.path), os.environ.get("MPLBACKEND")
    policy, floats = keras.config.dtype_policy(), keras.config.floatx()
    sys.argv = [str(source.path)]
    sys.path.insert(0, str(source.path.parent))
    os.environ["MPLBACKEND"] = "Agg"  # no windows
    try:
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.argv, sys.path[:] = arguments, path
        os.environ.pop("MPLBACKEND", None)  # the program may have cleared it
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
        keras.config.set_dtype_policy(policy)
        keras.config.set_floatx(floats)


@contextmanager
def staged(source: SourceFile) -> Iterator[None]:
    """Run a user's whole script in this block: it does not sleep, and the files that it writes are dropped."""
    here = Path.cwd()
    with as_script(source), replaced(time, "sleep", lambda _: None), overlay_of(here) as overlay:
        os.chdir(overlay)
        try:
            yield
        finally:
            os.chdir(here)


@contextmanager
def time_limit(seconds: float, error: BaseException, *, computing: bool = False) -> Iterator[bool]:
    """Raise `error` in the block after `seconds` by the clock, or of processor time if `computing`.

    Yields whether that is possible: it is not outside of the main thread, and on Windows.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield False
        return
    alarm, timer = (signal.SIGPROF, signal.ITIMER_PROF) if computing else (signal.SIGALRM, signal.ITIMER_REAL)

    def stop(*_: Any) -> None:
        raise error

    before = signal.signal(alarm, stop)
    signal.setitimer(timer, seconds)
    try:
        yield True
    finally:
        signal.setitimer(timer, 0)
        signal.signal(alarm, before)


@contextmanager
def random_states_kept() -> Iterator[None]:
    """Restore the states of Python's and NumPy's random generators after the block."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


@contextmanager
def line_by_line() -> Iterator[None]:
    """Run compiled functions eagerly inside the block, so that their frames are on the stack."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


@contextmanager
def seeds_ignored(source: SourceFile, lines: list[int]) -> Iterator[None]:
    """Ignore seeds inside the block, since the run's seed is used; the lines that set one are added to `lines`."""

    def ignore(*_: Any, **__: Any) -> None:
        frame = sys._getframe(1)
        if frame.f_code.co_filename == str(source.path):
            lines.append(frame.f_lineno)

    utils = [(module, "set_random_seed") for module in (keras.utils, tf.keras.utils)]
    with ExitStack() as stack:
        for owner, name in [(random, "seed"), (np.random, "seed"), (tf.random, "set_seed"), *utils]:
            stack.enter_context(replaced(owner, name, ignore))
        yield


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """The attribute `name` of a class or module is `value` inside the block."""
    real = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, real)
