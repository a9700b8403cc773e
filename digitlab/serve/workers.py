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

from digitlab.errors import DigitlabError, ServeError
from digitlab.serve import logs
from digitlab.serve.settings import ServeConfig
from digitlab.serve.signals import RELOAD, STOP
from digitlab.web.socket import listening

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # read by the library of the metrics
_PAUSE = 1.0  # seconds before a worker is started again that did not live long
_LATE = 3.0  # seconds beyond the grace after which a worker is killed


def serve(config: ServeConfig, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM (returns) or SIGINT (raises KeyboardInterrupt); SIGHUP reads the bundles again.

    Raises:
        UsageError: nothing can listen at this address.
        DigitlabError: a bundle cannot be used, or a worker died before it was ready.
    """
    with listening(config.host, config.port) as listener:
        if config.workers > 1:
            with tempfile.TemporaryDirectory(prefix="digitlab-serve-") as folder:
                os.environ[SHARED_FOLDER] = folder  # workers inherit it
                _Crew(config, listener, on_ready).run()
            return
        from digitlab.serve.server import run

        run(config, listener, on_ready)


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    started: float
    ready: bool = False
    outdated: bool = False  # bundles were exchanged while it started, perhaps after it had read them


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
            finally:
                signal.set_wakeup_fd(-1)
                self._end()
        if signal.SIGINT in self._signals:
            raise KeyboardInterrupt

    def _listen_to_signals(self) -> None:
        def note(number: int, _: FrameType | None) -> None:
            self._signals.append(number)

        for number in (*STOP, *RELOAD):
            signal.signal(number, note)

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
            ours, theirs = multiprocessing.get_context("spawn").Pipe()
            process = multiprocessing.get_context("spawn").Process(
                target=_work, args=(self._config, self._listener, theirs), name="digitlab-serve"
            )
            process.start()
            theirs.close()
            self._workers.append(_Worker(process, ours, time.monotonic()))

    def _look(self, wakeup: socket.socket) -> None:
        """Wait until something happens, and deal with it."""
        waiting = [worker.connection for worker in self._workers if not worker.ready]
        soon = min(self._missing, default=None)
        seconds = None if soon is None else max(0.0, soon - time.monotonic())
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
        end = time.monotonic() + self._config.grace + _LATE
        for worker in self._workers:
            worker.process.join(max(0.0, end - time.monotonic()))
            if worker.process.exitcode is None:
                logs.write("worker killed", level="error", process=worker.process.pid)
                worker.process.kill()
                worker.process.join()


def _forget_numbers(process: int | None) -> None:
    """What a dead worker had in hand does not count any more; what it had done does."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(process)  # type: ignore[no-untyped-call]


# What follows runs in the worker.


def _work(config: ServeConfig, listener: socket.socket, parent: Connection) -> None:
    from digitlab.serve.server import run

    threading.Thread(target=_follow_parent, daemon=True).start()
    try:
        run(config, listener, lambda: parent.send(None))
    except DigitlabError as error:
        logs.write("worker cannot start", level="error", why=f"{error.problem}; found: {error.found}")
        parent.send(error)
    except KeyboardInterrupt:  # the parent has been told, too
        pass


def _follow_parent() -> None:
    """A worker without its parent stops: nobody would start it again, or tell it to stop."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
