"""uvicorn's server, which looks after its connections once a second."""

from __future__ import annotations

import logging
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from digitlab.web.connection import Connection
from digitlab.web.limits import MOST_CONNECTIONS, SECONDS_BETWEEN

_OTHER_FILES = 100  # that a process opens beside its connections: libraries, models, the log, pipes
_TICKS = 10  # of uvicorn's clock in a second


class _State(ServerState):
    """With the limit of connections."""

    def __init__(self) -> None:
        super().__init__()
        self.most_connections = _most_connections()
        self.closed_for_room = 0


class Server(uvicorn.Server):
    """Ends connections that take too long, and says when there are too many.

    Args:
        application: answers the requests.
        options: of `uvicorn.Config`.
    """

    server_state: _State

    def __init__(self, application: Any, **options: Any) -> None:
        config = uvicorn.Config(application, http=Connection, timeout_keep_alive=SECONDS_BETWEEN, **options)
        super().__init__(config)
        self.server_state = _State()

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second."""
        if counter % _TICKS == 0:
            self._look()
        return await super().on_tick(counter)

    def _look(self) -> None:
        for connection in tuple(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.look(connection.loop.time())
        if self.server_state.closed_for_room:
            logging.getLogger(__name__).warning(
                "%d connections closed, since there are more than %d",
                self.server_state.closed_for_room,
                self.server_state.most_connections,
            )
            self.server_state.closed_for_room = 0


def _most_connections() -> int:
    """How many fit under the limit of open files, which is raised as far as it may be."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return MOST_CONNECTIONS
    wanted = MOST_CONNECTIONS + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(MOST_CONNECTIONS, soft - _OTHER_FILES))
