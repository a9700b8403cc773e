"""uvicorn's server, which checks its connections once a second."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from digitlab.web.connection import Connection
from digitlab.web.limits import MAX_CONNECTIONS, SECONDS_IDLE

_OTHER_FILES = 100  # that a process opens beside its connections: libraries, models, the log, pipes
_TICKS_PER_SECOND = 10  # of uvicorn


class _State(ServerState):
    """With the limit on connections."""

    def __init__(self) -> None:
        super().__init__()
        self.max_connections = _max_connections()
        self.closed_for_room = 0


class Server(uvicorn.Server):
    """Ends connections that take too long, and logs when there are too many.

    Args:
        application: answers the requests.
        on_started: called once connections are accepted.
        on_beat: called ten times a second.
        options: of `uvicorn.Config`.
    """

    server_state: _State

    def __init__(
        self,
        application: Any,
        on_started: Callable[[], None] = lambda: None,
        on_beat: Callable[[], None] = lambda: None,
        **options: Any,
    ) -> None:
        config = uvicorn.Config(application, http=Connection, timeout_keep_alive=SECONDS_IDLE, **options)
        super().__init__(config)
        self.server_state = _State()
        self._on_started = on_started
        self._on_beat = on_beat

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections."""
        await super().startup(sockets)
        self._on_started()

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second."""
        self._on_beat()
        if counter % _TICKS_PER_SECOND == 0:
            self._check_connections()
        return await super().on_tick(counter)

    def _check_connections(self) -> None:
        for connection in tuple(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.check_timeouts(connection.loop.time())
        if self.server_state.closed_for_room:
            logging.getLogger(__name__).warning(
                "%d connections closed, since there are more than %d",
                self.server_state.closed_for_room,
                self.server_state.max_connections,
            )
            self.server_state.closed_for_room = 0


def _max_connections() -> int:
    """How many fit under the limit of open files, which is raised as far as allowed."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return MAX_CONNECTIONS
    wanted = MAX_CONNECTIONS + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(MAX_CONNECTIONS, soft - _OTHER_FILES))
