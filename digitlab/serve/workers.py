"""Several processes that share one port: started, started again where one dies, told of signals, waited for."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

from digitlab.errors import DigitlabError, ServeError
from digitlab.serve import logs
from digitlab.serve.limits import SECONDS_LATE, SECONDS_SILENT
from digitlab.serve.settings import ServeConfig
from digitlab.serve.signals import RELOAD, STOP, hold_reloads, take_reloads
from digitlab.web.socket import listening

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # read by the library of the metrics
_PAUSE = 1.0  # seconds before a worker is started again that did not live long


def serve(config: ServeConfig, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM (returns) or SIGINT (raises KeyboardInterrupt); SIGHUP reads the bundles again.

    Raises:
        UsageError: nothing can listen at this address.
        DigitlabError: a bundle cannot be used, or a worker died before it was ready.
    """
    hold_reloads()
    try:
        with listening(config.host, config.port) as listener:
            if config.workers == 1:
                from digitlab.serve.server import run

                run(config, listener, on_ready)
                return
            with tempfile.TemporaryDirectory(prefix="digitlab-serve-") as folder:
                os.environ[SHARED_FOLDER] = folder  # workers inherit it
                _Crew(config, listener, on_ready).run()
    finally:
        logs.flush()


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    beats: Any  # of type c_ulong, counted by the worker
    started: float
    ready: bool = False
    outdated: bool = False  # bundles were exchanged while it started, perhaps after it had read them
    heard: int = 0  # of its signs of life, when it was last looked at
    silent: int = 0  # seconds since then


class _Crew:
    """The parent's side."""

    def __init__(self, config: ServeConfig, listener: socket.socket, on_ready: Callable[[], None]) -> None:
        self._config = config
        self._listener = listener
        self._on_ready = on_ready
        self._workers: list[_Worker] = []
        self._missing: list[float] = [0.0] * config.workers  # when each that is not there shall be started
        self._signals: list[int] = []
        self._told_ready = False
        self._looked = time.monotonic()

    def run(self) -> None:
        wakeup, waker = socket.socketpair()
        with wakeup, waker:
            waker.setblocking(False)
            signal.set_wakeup_fd(waker.fileno())
            self._listen_to_signals()
            try:
                while not self._stop_wanted():
                    self._start_missing()
                    self._look(wakeup)
                    self._kill_silent()
            finally:
                signal.set_wakeup_fd(-1)
                self._interrupted = signal.SIGINT in self._signals
                self._end()
        if self._interrupted:
            raise KeyboardInterrupt

    def _listen_to_signals(self) -> None:
        def note(number: int, _: FrameType | None) -> None:
            self._signals.append(number)

        for number in (*STOP, *RELOAD):
            signal.signal(number, note)
        take_reloads()

    def _stop_wanted(self) -> bool:
        while self._signals and self._signals[0] in RELOAD:
            number = self._signals.pop(0)
            for worker in self._workers:
                worker.outdated = not worker.ready  # it would die of the signal
            self._tell(number, [worker for worker in self._workers if worker.ready])
        return bool(self._signals)

    def _start_missing(self) -> None:
        due = [moment for moment in self._missing if moment <= time.monotonic()]
        self._missing = [moment for moment in self._missing if moment not in due]
        for _ in due:
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            beats = context.RawValue("L")
            process = context.Process(
                target=_work, args=(self._config, self._listener, theirs, beats), name="digitlab-serve"
            )
            hold_reloads()  # it would die of one before it has a handler
            process.start()
            take_reloads()
            theirs.close()
            self._workers.append(_Worker(process, ours, beats, time.monotonic()))

    def _look(self, wakeup: socket.socket) -> None:
        """Wait until something happens, and deal with it."""
        waiting = [worker.connection for worker in self._workers if not worker.ready]
        soon = min(self._missing, default=None)
        seconds = 1.0 if soon is None else min(1.0, max(0.0, soon - time.monotonic()))
        happened = wait([wakeup, *waiting, *(worker.process.sentinel for worker in self._workers)], seconds)
        if wakeup in happened:
            wakeup.recv(64)
        for worker in tuple(self._workers):
            if not worker.ready and worker.connection in happened:
                self._hear(worker)
            if worker.process.sentinel in happened:
                self._bury(worker)
        if not self._told_ready and sum(worker.ready for worker in self._workers) == self._config.workers:
            self._told_ready = True
            self._on_ready()

    def _kill_silent(self) -> None:
        """Once a second: a worker whose event loop does not turn any more is one that does not answer."""
        if time.monotonic() < self._looked + 1:
            return
        self._looked = time.monotonic()
        for worker in self._workers:
            beats = worker.beats.value
            worker.silent = 0 if beats != worker.heard or not worker.ready else worker.silent + 1
            worker.heard = beats
            if worker.silent == SECONDS_SILENT:
                logs.write("worker silent", level="error", process=worker.process.pid, seconds=SECONDS_SILENT)
                worker.process.kill()

    def _hear(self, worker: _Worker) -> None:
        """A worker says that it is ready, or why it cannot be."""
        with contextlib.suppress(EOFError, ConnectionResetError):
            message = worker.connection.recv()
            if isinstance(message, DigitlabError) and not self._told_ready:
                raise message
            worker.ready = message is None
            if worker.ready and worker.outdated:
                self._tell(RELOAD[0], [worker])

    def _bury(self, worker: _Worker) -> None:
        """A worker died: another one takes its place."""
        worker.process.join()
        worker.connection.close()
        self._workers.remove(worker)
        code = worker.process.exitcode
        logs.write("worker died", level="error", process=worker.process.pid, exit_code=code)
        if not self._told_ready:
            raise ServeError(
                "a worker died before it was ready", found=f"exit code {code}", remedy="see what it wrote before"
            )
        _forget_numbers(worker.process.pid)
        lived = time.monotonic() - worker.started
        self._missing.append(time.monotonic() + (0 if lived > _PAUSE and worker.ready else _PAUSE))

    def _tell(self, number: int, workers: list[_Worker]) -> None:
        for worker in workers:
            if worker.process.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker.process.pid, number)

    def _end(self) -> None:
        self._listener.close()
        self._tell(signal.SIGTERM, self._workers)
        end = time.monotonic() + self._config.grace + SECONDS_LATE
        while (living := [each for each in self._workers if each.process.exitcode is None]) and time.monotonic() < end:
            wait([worker.process.sentinel for worker in living], 0.1)
            if self._signals.count(signal.SIGINT) > 1:  # the workers have been told by the keyboard, too
                end = min(end, time.monotonic() + SECONDS_LATE)
                self._signals.clear()
        for worker in living:
            logs.write("worker killed", level="error", process=worker.process.pid)
            worker.process.kill()
            worker.process.join()


def _forget_numbers(process: int | None) -> None:
    """What a dead worker had in hand does not count any more; what it had done does."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(process)  # type: ignore[no-untyped-call]


# What follows runs in the worker.


def _work(config: ServeConfig, listener: socket.socket, parent: Connection, beats: Any) -> None:
    from digitlab.serve.server import run

    def beat() -> None:
        beats.value += 1

    threading.Thread(target=_follow_parent, daemon=True).start()
    try:
        run(config, listener, lambda: parent.send(None), beat)
    except DigitlabError as error:
        logs.write("worker cannot start", level="error", why=f"{error.problem}; found: {error.found}")
        parent.send(error)
    except KeyboardInterrupt:  # the parent has been told, too
        pass
    finally:
        logs.flush()


def _follow_parent() -> None:
    """A worker without its parent stops: nobody would start it again, or tell it to stop."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
