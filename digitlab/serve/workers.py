"""Several worker processes that share one port, and their supervisor: it starts, restarts, signals and stops them."""

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
from typing import Any

from digitlab.errors import DigitlabError, ServeError
from digitlab.serve import logs
from digitlab.serve.limits import SECONDS_AFTER_GRACE, SECONDS_WITHOUT_HEARTBEAT
from digitlab.serve.settings import SHARED_FOLDER, ServeConfig
from digitlab.serve.signals import RELOAD, STOP, block_reloads, unblock_reloads
from digitlab.web.socket import listening

_RESTART_SECONDS = 1.0  # before a worker is restarted that died sooner than that


def serve(config: ServeConfig, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM (returns) or SIGINT (raises KeyboardInterrupt); SIGHUP reloads the bundles.

    Raises:
        UsageError: the address cannot be used.
        DigitlabError: a bundle cannot be used, or a worker died before it was ready.
    """
    block_reloads()
    try:
        with listening(config.host, config.port) as listener:
            if config.workers == 1:
                from digitlab.serve.server import run

                run(config, listener, on_ready)
                return
            with tempfile.TemporaryDirectory(prefix="digitlab-serve-") as folder:
                os.environ[SHARED_FOLDER] = folder  # workers inherit it
                _Supervisor(config, listener, on_ready).run()
    finally:
        logs.flush()


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    heartbeats: Any  # of type c_ulong, counted by the worker
    started: float
    ready: bool = False
    outdated: bool = False  # SIGHUP arrived while it started, perhaps after it had read the bundles
    last_heartbeat: int = 0
    silent: int = 0  # seconds since the last heartbeat


class _Supervisor:
    """The parent process."""

    def __init__(self, config: ServeConfig, listener: socket.socket, on_ready: Callable[[], None]) -> None:
        self._config = config
        self._listener = listener
        self._on_ready = on_ready
        self._workers: list[_Worker] = []
        self._due: list[float] = [0.0] * config.workers  # when to start each worker that is missing
        self._signals: list[int] = []
        self._all_ready = False
        self._checked = time.monotonic()

    def run(self) -> None:
        wakeup, waker = socket.socketpair()
        with wakeup, waker:
            waker.setblocking(False)
            signal.set_wakeup_fd(waker.fileno())
            for number in (*STOP, *RELOAD):
                signal.signal(number, lambda number, _: self._signals.append(number))
            unblock_reloads()
            try:
                while not self._stop_requested():
                    self._start_due()
                    self._wait(wakeup)
                    self._kill_silent()
            finally:
                signal.set_wakeup_fd(-1)
                interrupted = signal.SIGINT in self._signals
                self._end()
        if interrupted:
            raise KeyboardInterrupt

    def _stop_requested(self) -> bool:
        """Pass on reloads; whether another signal arrived."""
        while self._signals and self._signals[0] in RELOAD:
            number = self._signals.pop(0)
            for worker in self._workers:
                worker.outdated = not worker.ready  # the signal would kill it
            self._signal(number, [worker for worker in self._workers if worker.ready])
        return bool(self._signals)

    def _start_due(self) -> None:
        due = [moment for moment in self._due if moment <= time.monotonic()]
        self._due = [moment for moment in self._due if moment not in due]
        for _ in due:
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            heartbeats = context.RawValue("L")
            process = context.Process(
                target=_work, args=(self._config, self._listener, theirs, heartbeats), name="digitlab-serve"
            )
            block_reloads()  # one would kill it before it has a handler
            process.start()
            unblock_reloads()
            theirs.close()
            self._workers.append(_Worker(process, ours, heartbeats, time.monotonic()))

    def _wait(self, wakeup: socket.socket) -> None:
        """Wait for signals, messages and deaths of workers, at most a second, and handle them."""
        starting = [worker.connection for worker in self._workers if not worker.ready]
        next_due = min(self._due, default=None)
        seconds = 1.0 if next_due is None else min(1.0, max(0.0, next_due - time.monotonic()))
        happened = wait([wakeup, *starting, *(worker.process.sentinel for worker in self._workers)], seconds)
        if wakeup in happened:
            wakeup.recv(64)
        for worker in tuple(self._workers):
            if not worker.ready and worker.connection in happened:
                self._receive(worker)
            if worker.process.sentinel in happened:
                self._reap(worker)
        if not self._all_ready and sum(worker.ready for worker in self._workers) == self._config.workers:
            self._all_ready = True
            self._on_ready()

    def _kill_silent(self) -> None:
        """Once a second: kill workers whose event loop stands still."""
        if time.monotonic() < self._checked + 1:
            return
        self._checked = time.monotonic()
        for worker in self._workers:
            heartbeat = worker.heartbeats.value
            worker.silent = 0 if heartbeat != worker.last_heartbeat or not worker.ready else worker.silent + 1
            worker.last_heartbeat = heartbeat
            if worker.silent == SECONDS_WITHOUT_HEARTBEAT:
                logs.write(
                    "worker silent", level="error", process=worker.process.pid, seconds=SECONDS_WITHOUT_HEARTBEAT
                )
                worker.process.kill()

    def _receive(self, worker: _Worker) -> None:
        """A worker's message: None when it is ready, or the error that stopped it."""
        with contextlib.suppress(EOFError, ConnectionResetError):
            message = worker.connection.recv()
            if isinstance(message, DigitlabError) and not self._all_ready:
                raise message
            worker.ready = message is None
            if worker.ready and worker.outdated:
                self._signal(RELOAD[0], [worker])

    def _reap(self, worker: _Worker) -> None:
        """A worker died: schedule another one."""
        worker.process.join()
        worker.connection.close()
        self._workers.remove(worker)
        code = worker.process.exitcode
        logs.write("worker died", level="error", process=worker.process.pid, exit_code=code)
        if not self._all_ready:
            raise ServeError(
                "a worker died before it was ready", found=f"exit code {code}", remedy="see the lines above this one"
            )
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.process.pid)  # type: ignore[no-untyped-call]  # drops its requests in flight
        lived = time.monotonic() - worker.started
        self._due.append(time.monotonic() + (0 if lived > _RESTART_SECONDS and worker.ready else _RESTART_SECONDS))

    def _signal(self, number: int, workers: list[_Worker]) -> None:
        for worker in workers:
            if worker.process.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker.process.pid, number)

    def _end(self) -> None:
        self._listener.close()
        self._signal(signal.SIGTERM, self._workers)
        end = time.monotonic() + self._config.grace + SECONDS_AFTER_GRACE
        while (living := [each for each in self._workers if each.process.exitcode is None]) and time.monotonic() < end:
            wait([worker.process.sentinel for worker in living], 0.1)
            if self._signals.count(signal.SIGINT) > 1:  # the keyboard has sent it to the workers, too
                end = min(end, time.monotonic() + SECONDS_AFTER_GRACE)
                self._signals.clear()
        for worker in living:
            logs.write("worker killed", level="error", process=worker.process.pid)
            worker.process.kill()
            worker.process.join()


def _work(config: ServeConfig, listener: socket.socket, parent: Connection, heartbeats: Any) -> None:
    """The main function of a worker."""
    from digitlab.serve.server import run

    def beat() -> None:
        heartbeats.value += 1

    threading.Thread(target=_follow_parent, daemon=True).start()
    try:
        run(config, listener, lambda: parent.send(None), beat)
    except DigitlabError as error:
        logs.write("worker cannot start", level="error", why=f"{error.problem}; found: {error.found}")
        parent.send(error)
    except KeyboardInterrupt:  # the parent got it, too
        pass
    finally:
        logs.flush()


def _follow_parent() -> None:
    """Stop when the parent dies: nobody would restart this worker, or stop it."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
