"""Work on what a stranger sent, in processes that are killed when it takes too long or too much memory.

A thread cannot be ended while it is in a decoder's C code; a process can.  It limits itself by what the system counts:
processor time, so that a busy machine is no reason to be killed, and on Linux memory.  So it also ends by itself when
its parent is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from digitlab.base.processes import start_process

OUT_OF_TIME = -getattr(signal, "SIGPROF", signal.SIGTERM)  # see `limit_time`


class OverBudgetError(Exception):
    """The work was ended since it took too long or too much memory; the caller says so in its own words."""


@dataclass(frozen=True)
class Budget:
    """What one piece of work may take."""

    seconds: float  # of a processor
    patience: float  # seconds by the clock, for work that waits instead, and for systems that do not count the others
    mebibytes: int  # beyond what the process has at its start
    niceness: int = 0  # by how much others go first


class Isolated:
    """Some processes, started when they are first needed and kept; each does one thing at a time.

    Args:
        processes: the most at once; later calls wait, in order.
        budget: of each piece of work.
    """

    def __init__(self, processes: int, budget: Budget) -> None:
        self._budget = budget
        self._free = asyncio.Semaphore(processes)
        self._threads = ThreadPoolExecutor(processes, "isolated")  # each waits for one process
        self._idle: list[_Process] = []
        self._all: set[_Process] = set()

    async def do(self, work: Callable[..., Any], *arguments: Any, answer: Callable[[Any], Any] | None = None) -> Any:
        """What `work(*arguments)` returns or raises; all of it can be pickled.

        Args:
            work: a function of a module.
            arguments: for it.
            answer: where it is given, `work` gets a function before its arguments, which has its own argument answered
                by `answer` in this process.

        Raises:
            OverBudgetError: it was ended.
        """
        async with self._free:
            process = self._idle.pop() if self._idle else _Process(self._budget)
            self._all.add(process)
            try:
                succeeded, result = await asyncio.get_running_loop().run_in_executor(
                    self._threads, process.do, work, arguments, answer
                )
            except BaseException:  # also when no caller waits any more
                process.kill()
                self._all.discard(process)
                raise
            self._idle.append(process)
        if not succeeded:
            raise result
        return result

    def close(self) -> None:
        """Kill all of them."""
        for process in self._all:
            process.kill()
        self._threads.shutdown(wait=False, cancel_futures=True)


class _Process:
    """The parent's side of one process."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._killed = False
        self._process: BaseProcess | None = None
        self._lock = threading.Lock()

    def do(
        self, work: Callable[..., Any], arguments: tuple[Any, ...], answer: Callable[[Any], Any] | None
    ) -> tuple[bool, Any]:
        """Whether it succeeded, and what it returned or raised (raises OverBudgetError)."""
        self._start()
        try:
            return self._converse((work, arguments, answer is not None), answer)
        except (EOFError, OSError):  # it was killed, by itself or by us
            raise OverBudgetError from None
        finally:
            if self._killed:
                self._bury()

    def _start(self) -> None:
        with self._lock:
            if self._process is None and not self._killed:
                self._connection, theirs = multiprocessing.Pipe()
                self._process = start_process(_serve, theirs, self._budget, fork=True)
                theirs.close()

    def _converse(self, task: tuple[Any, ...], answer: Callable[[Any], Any] | None) -> tuple[bool, Any]:
        end = time.monotonic() + self._budget.patience
        self._connection.send(task)
        while self._connection.poll(max(0.0, end - time.monotonic())):
            kind, value = self._connection.recv()
            if kind == _MEMORY:
                break
            if kind != _ASKED:
                return kind == _DONE, value
            assert answer is not None
            self._connection.send(answer(value))
        self.kill()
        raise OverBudgetError

    def kill(self) -> None:
        with self._lock:
            self._killed = True
            if self._process is not None:
                self._process.kill()

    def _bury(self) -> None:
        if self._process is not None:
            self._process.join()
            self._connection.close()


# What follows runs in the process.

_DONE, _FAILED, _ASKED, _MEMORY = range(4)


def _serve(connection: Connection, budget: Budget) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal; the parent decides
    _limit_memory(budget.mebibytes)
    if hasattr(os, "nice"):
        os.nice(budget.niceness)

    def ask(value: Any) -> Any:
        connection.send((_ASKED, value))
        return connection.recv()

    with contextlib.suppress(EOFError, OSError):  # the parent is gone
        while True:
            work, arguments, asks = connection.recv()
            limit_time(budget.seconds)
            reply = _done(work, (ask, *arguments) if asks else arguments)
            limit_time(0)
            connection.send(reply)


def _done(work: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[int, Any]:
    try:
        return _DONE, work(*arguments)
    except MemoryError:
        return _MEMORY, None
    except Exception as error:
        try:
            pickle.dumps(error)
        except Exception:
            error = RuntimeError("".join(traceback.format_exception(error)))
        return _FAILED, error


def limit_time(seconds: float) -> None:
    """From now on so many seconds of a processor, after which the system ends this process, also in C code; 0: any.

    Its exit code is then `OUT_OF_TIME`.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory(mebibytes: int) -> None:
    if sys.platform == "linux":
        import resource

        now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + mebibytes * 2**20, resource.RLIM_INFINITY))
