"""One process that serves: its connections, its signals, its end."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from types import FrameType
from typing import Any

from digitlab.serve import logs
from digitlab.serve.limits import SECONDS_AFTER_GRACE, SWITCH_SECONDS
from digitlab.serve.service import Service
from digitlab.serve.settings import ServeConfig
from digitlab.serve.signals import RELOAD, STOP, unblock_reloads
from digitlab.web.server import Server


class _Server(Server):
    """A server that leaves the signals to us: uvicorn would die of the signal, and answer open requests with 500."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(
    config: ServeConfig,
    listener: socket.socket,
    on_ready: Callable[[], None],
    on_beat: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGTERM (returns) or SIGINT (raises KeyboardInterrupt); SIGHUP reloads the bundles.

    Where a thread is still at work when the grace is over, the process ends here, without waiting for it.

    Args:
        config: how to serve.
        listener: a socket that is bound.
        on_ready: called when requests are answered.
        on_beat: called ten times a second from then on.

    Raises:
        DigitlabError: a bundle cannot be used.
    """
    logs.capture_libraries()
    sys.setswitchinterval(SWITCH_SECONDS)
    service = Service(config)
    gc.freeze()  # what was loaded stays, so the collector need not scan it, which would take 50 ms each time

    def started() -> None:
        models = {model.name: model.version for model in service.models.all()}
        logs.write("serving", host=config.host, port=listener.getsockname()[1], bundles=models)
        on_ready()

    server = _Server(
        service.asgi,
        on_started=started,
        on_beat=on_beat,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,  # for answers that are being sent; `InFlight.drain` has waited before
    )
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        interrupted = runner.run(_serve(server, service, config, listener))
        service.close()
        if service.is_at_work:  # threads cannot be stopped, and Python would wait for them
            logs.flush()
            os._exit(128 + signal.SIGINT if interrupted else 0)
    if interrupted:
        raise KeyboardInterrupt


async def _serve(server: _Server, service: Service, config: ServeConfig, listener: socket.socket) -> bool:
    """Serve until a signal; whether it was SIGINT."""
    loop = asyncio.get_running_loop()
    received: list[int] = []
    tasks: set[asyncio.Task[None]] = set()  # the event loop keeps no strong reference

    def begin(work: Coroutine[Any, Any, None]) -> None:
        task = loop.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def react(number: int, _: FrameType | None) -> None:
        received.append(number)
        if number not in STOP:
            loop.call_soon_threadsafe(begin, service.reload())
        elif not service.in_flight.stopping:
            service.in_flight.stopping = True  # not ready from now on
            _end_in_any_case(config.grace)
            loop.call_soon_threadsafe(begin, _stop(server, service, config.grace))
        elif received.count(signal.SIGINT) > 1:
            service.in_flight.hurry()

    for number in (*STOP, *RELOAD):
        signal.signal(number, react)
    unblock_reloads()
    await server.serve([listener])
    return signal.SIGINT in received


async def _stop(server: _Server, service: Service, grace: float) -> None:
    logs.write("stopping")
    await service.in_flight.drain(grace)
    server.should_exit = True
    logs.write("stopped", cut=service.in_flight.cancelled)


def _end_in_any_case(grace: float) -> None:
    """End the process some seconds after the grace, whatever its threads do then; without Python's help."""
    nobody = open(os.devnull, "w")  # noqa: SIM115, PTH123 - open to the end
    faulthandler.dump_traceback_later(grace + SECONDS_AFTER_GRACE, exit=True, file=nobody)
