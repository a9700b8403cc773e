"""One process that serves: its sockets, its signals, its end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from types import FrameType
from typing import Any

import uvicorn

from digitlab.serve import logs
from digitlab.serve.connection import Connection
from digitlab.serve.limits import SECONDS_BETWEEN, SECONDS_OF_A_TURN
from digitlab.serve.service import Service
from digitlab.serve.settings import ServeConfig
from digitlab.serve.signals import RELOAD, STOP


class _Server(uvicorn.Server):
    """uvicorn's, which leaves the signals to us: it would end by the signal, and cut requests off with 500."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(config: ServeConfig, listener: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve until SIGTERM (returns) or SIGINT (raises KeyboardInterrupt); SIGHUP reads the bundles again.

    Args:
        config: what was asked for.
        listener: a socket that is bound.
        on_ready: called when requests are answered.

    Raises:
        DigitlabError: a bundle cannot be used.
    """
    logs.capture_libraries()
    sys.setswitchinterval(SECONDS_OF_A_TURN)
    service = Service(config)
    gc.freeze()  # all that was loaded stays, so the collector need not look at it: that would take 50 ms each time
    server = _Server(
        uvicorn.Config(
            service.asgi,
            http=Connection,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=SECONDS_BETWEEN,
            timeout_graceful_shutdown=1,  # for answers that are on their way out; the gate has waited before
        )
    )
    loop_factory = server.config.get_loop_factory()
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        interrupted = runner.run(_serve(server, service, config, listener, on_ready))
    service.close()
    if interrupted:
        raise KeyboardInterrupt
    if service.gate.cut:  # a thread may still be at work for a request that was cut off; Python would wait for it
        sys.stderr.flush()
        os._exit(0)


async def _serve(
    server: _Server, service: Service, config: ServeConfig, listener: socket.socket, on_ready: Callable[[], None]
) -> bool:
    """Serve to the end; whether a keyboard asked for it."""
    loop = asyncio.get_running_loop()
    received: list[int] = []
    tasks: set[asyncio.Task[None]] = set()  # the event loop itself would forget them

    def begin(work: Coroutine[Any, Any, None]) -> None:
        tasks.add(loop.create_task(work))

    def react(number: int, _: FrameType | None) -> None:
        received.append(number)
        if number not in STOP:
            loop.call_soon_threadsafe(begin, service.reload())
        elif not service.gate.stopping:
            service.gate.stopping = True  # not ready from now on
            loop.call_soon_threadsafe(begin, _stop(server, service, config.grace))

    for number in (*STOP, *RELOAD):
        signal.signal(number, react)
    serving = loop.create_task(server.serve([listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.001)
    models = {model.name: model.version for model in service.models.all()}
    logs.write("serving", host=config.host, port=listener.getsockname()[1], bundles=models)
    on_ready()
    await serving
    return signal.SIGINT in received


async def _stop(server: _Server, service: Service, grace: float) -> None:
    logs.write("stopping")
    await service.gate.close(grace)
    server.should_exit = True
    logs.write("stopped", cut=service.gate.cut)
