"""One process that serves: its sockets, its signals, its end."""

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
from digitlab.serve.limits import SECONDS_LATE, SECONDS_OF_A_TURN
from digitlab.serve.service import Service
from digitlab.serve.settings import ServeConfig
from digitlab.serve.signals import RELOAD, STOP, take_reloads
from digitlab.web.server import Server


class _Server(Server):
    """A server that leaves the signals to us: uvicorn would end by the signal, and cut requests off with 500."""

    on_beat: Callable[[], None]

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def on_tick(self, counter: int) -> bool:
        self.on_beat()
        return await super().on_tick(counter)


def run(
    config: ServeConfig,
    listener: socket.socket,
    on_ready: Callable[[], None],
    on_beat: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGTERM (returns) or SIGINT (raises KeyboardInterrupt); SIGHUP reads the bundles again.

    Where a thread is still at work when the grace is over, the process ends here, without waiting for it.

    Args:
        config: what was asked for.
        listener: a socket that is bound.
        on_ready: called when requests are answered.
        on_beat: called ten times a second for as long as they are.

    Raises:
        DigitlabError: a bundle cannot be used.
    """
    logs.capture_libraries()
    sys.setswitchinterval(SECONDS_OF_A_TURN)
    service = Service(config)
    gc.freeze()  # all that was loaded stays, so the collector need not look at it: that would take 50 ms each time
    server = _Server(
        service.asgi,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,  # for answers that are on their way out; the gate has waited before
    )
    server.on_beat = on_beat
    loop_factory = server.config.get_loop_factory()
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        interrupted = runner.run(_serve(server, service, config, listener, on_ready))
        service.close()
        if service.is_at_work:  # threads cannot be stopped, and Python would wait for them
            logs.flush()
            os._exit(128 + signal.SIGINT if interrupted else 0)
    if interrupted:
        raise KeyboardInterrupt


async def _serve(
    server: _Server, service: Service, config: ServeConfig, listener: socket.socket, on_ready: Callable[[], None]
) -> bool:
    """Serve to the end; whether a keyboard asked for it."""
    loop = asyncio.get_running_loop()
    received: list[int] = []
    tasks: set[asyncio.Task[None]] = set()  # the event loop itself would forget them

    def begin(work: Coroutine[Any, Any, None]) -> None:
        task = loop.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def react(number: int, _: FrameType | None) -> None:
        received.append(number)
        if number not in STOP:
            loop.call_soon_threadsafe(begin, service.reload())
        elif not service.gate.stopping:
            service.gate.stopping = True  # not ready from now on
            _end_in_any_case(config.grace)
            loop.call_soon_threadsafe(begin, _stop(server, service, config.grace))
        elif received.count(signal.SIGINT) > 1:
            service.gate.hurry()

    for number in (*STOP, *RELOAD):
        signal.signal(number, react)
    take_reloads()
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


def _end_in_any_case(grace: float) -> None:
    """End the process some seconds after the grace, whatever a thread of it does then; without Python's help."""
    nobody = open(os.devnull, "w")  # noqa: SIM115, PTH123 - open to the end
    faulthandler.dump_traceback_later(grace + SECONDS_LATE, exit=True, file=nobody)
